/** @file Opens the WebAssembly kernels that `npm run build:kernels` compiles from `kernels/*.ts`. */

import { readFileSync } from 'node:fs'
import { UnavailableError } from './errors.ts'

/** A compiled kernel travels to workers as it is. */
export type Kernel = WebAssembly.Module

export type KernelMemory = WebAssembly.Memory

export const PAGE_BYTES = 65536
/** Addresses have 32 bits. */
export const KERNEL_MEMORY_LIMIT = 2 ** 32
const compiled = new Map<string, Kernel>()

/**
 * @param name file name in `kernels/`, without extension
 * @throws UnavailableError when the kernel has not been built
 */
export function loadKernel(name: string): Kernel {
  const known = compiled.get(name)
  if (known) return known
  const file = new URL(`../../kernels/dist/${name}.wasm`, import.meta.url)
  try {
    const kernel = new WebAssembly.Module(readFileSync(file))
    compiled.set(name, kernel)
    return kernel
  } catch (cause) {
    throw new UnavailableError(`kernel "${name}" is not there`, 'build it: `npm run build:kernels`', cause)
  }
}

/** Shared memory of at least that many bytes, which may grow up to `most`. */
export function kernelMemory(bytes: number, most = bytes): KernelMemory {
  const initial = Math.ceil(bytes / PAGE_BYTES)
  return new WebAssembly.Memory({ initial, maximum: Math.ceil(most / PAGE_BYTES), shared: true })
}

/** @returns the kernel's exported functions over the memory */
export function openKernel<Functions>(kernel: Kernel, memory: KernelMemory): Functions {
  const imports = { env: { memory, abort: () => undefined } }
  return new WebAssembly.Instance(kernel, imports).exports as Functions
}

/**
 * Hands out places in a kernel's memory, each on a cache line of its own.
 *
 * The first line stays free, so that address 0 is nobody's.
 */
export class KernelPlaces {
  #end = 64

  /** @returns the address of that many bytes */
  place(bytes: number): number {
    const address = this.#end
    this.#end = Math.ceil((address + bytes) / 64) * 64
    return address
  }

  /** Bytes that hold everything handed out so far. */
  get bytes(): number {
    return this.#end
  }
}
