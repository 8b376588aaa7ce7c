/**
 * @file The kernels of tables of embeddings: `kernels/native/embedding-rows/` where it was built, `kernels/embedding-rows.ts`
 * elsewhere. They have the same functions and give the same bits.
 */

import { UnavailableError } from '../base/errors.ts'
import { type KernelMemory, loadKernel, openKernel } from '../base/kernel.ts'
import { loadNative } from '../base/native-module.ts'

/** Numbers in, places in the memory of the table among them, one number or none out. */
export type NumberFunctions = Record<string, (...given: number[]) => number>

type NativeFunctions = Record<string, (memory: Uint8Array, ...given: number[]) => number>

const KERNEL = 'embedding-rows'

/** Sets of instructions that the native kernel has for this processor, the best first; none when it is not there. */
export const nativeInstructions = () => Object.keys(natives())

/** The fastest that there is. */
export const bestTableKernel = () => nativeInstructions()[0] ?? 'wasm'

/**
 * @param kernel `wasm`, or one of `nativeInstructions`
 * @throws UnavailableError when it does not run here
 */
export function openTableKernel(memory: KernelMemory, kernel: string): NumberFunctions {
  if (kernel === 'wasm') return openKernel(loadKernel(KERNEL), memory)
  const native = natives()[kernel]
  if (!native)
    throw new UnavailableError(
      `no kernel "${kernel}" of tables runs here`,
      `there are ${[...nativeInstructions(), 'wasm'].join(', ')}`,
    )
  // Shared memory grows in place.
  const bytes = new Uint8Array(memory.buffer)
  return Object.fromEntries(
    Object.entries(native).map(([name, run]) => [name, (...given: number[]) => run(bytes, ...given)]),
  )
}

const natives = () => loadNative<Record<string, NativeFunctions>>(KERNEL) ?? {}
