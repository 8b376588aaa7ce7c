/** @file Where a worker's module stands: beside its caller, with the caller's extension (.ts in development, .js built). */

import { extname } from 'node:path'

/** @param caller `import.meta.url` of the calling file; @param name path relative to it, without extension */
export function workerModule(caller: string, name: string): URL {
  return new URL(name + extname(new URL(caller).pathname), caller)
}
