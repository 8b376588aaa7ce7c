/** @file The part of the WebAssembly interface that kernels use; Node's own types leave it to the browser's library. */

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>)
    readonly exports: Record<string, unknown>
  }

  class Memory {
    /** Sizes are in pages of 64 KiB. */
    constructor(size: { initial: number; maximum: number; shared: true })
    readonly buffer: SharedArrayBuffer
    /** Visible to all threads that share the memory; throws RangeError beyond `maximum`. */
    grow(pages: number): number
  }
}
