/** @file A worker that trains item2vec on blocks of sequences. */

import { type Kernel, type KernelMemory, openKernel } from '../base/kernel.ts'
import { serveTasks } from '../base/worker-pool.ts'

export interface Item2vecShared {
  kernel: Kernel
  memory: KernelMemory
  layout: number
  scratches: number[]
  /** How many scratches are taken: one word. */
  taken: Uint32Array
}

/** Sequences [from, to) in one epoch. */
export interface Item2vecTask {
  epoch: number
  from: number
  to: number
}

interface Functions {
  train(layout: number, scratch: number, epoch: number, from: number, to: number): void
}

serveTasks(({ kernel, memory, layout, scratches, taken }: Item2vecShared) => {
  const { train } = openKernel<Functions>(kernel, memory)
  const scratch = scratches[Atomics.add(taken, 0, 1)]
  return ({ epoch, from, to }: Item2vecTask) => {
    train(layout, scratch, epoch, from, to)
    return null
  }
})
