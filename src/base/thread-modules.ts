/**
 * @file Modules of a product's own that every thread loads before its work, so that what they register in this thread is
 * registered in that one too: modules, unlike data, are not shared between threads.
 */

const modules = new Set<string>()

/** @param module `import.meta.url` of the file that registers something */
export function loadInThreads(module: string): void {
  modules.add(module)
}

/** What a thread is started with, to run a module after those of the product. */
export function threadEntry(module: URL): URL {
  if (modules.size === 0) return module
  const imports = [...modules, module.href].map((each) => `await import(${JSON.stringify(each)})\n`)
  return new URL(`data:text/javascript,${encodeURIComponent(imports.join(''))}`)
}
