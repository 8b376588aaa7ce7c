/** @file Opens the native kernels that are built from `kernels/native/` where there is a C++ compiler. */

import { createRequire } from 'node:module'

const loaded = new Map<string, unknown>()

/**
 * @param name of the module, see `kernels/build-native.ts`
 * @returns its exports, null when it is not there: then the WebAssembly kernels serve
 */
export function loadNative<Module>(name: string): Module | null {
  if (!loaded.has(name)) loaded.set(name, open(name))
  return loaded.get(name) as Module | null
}

function open(name: string): unknown {
  const file = `../../kernels/dist/${name}-${process.platform}-${process.arch}.node`
  try {
    return createRequire(import.meta.url)(file)
  } catch {
    // Not built, or for another C library.
    return null
  }
}
