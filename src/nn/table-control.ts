/** @file How the threads of a table talk: numbers in shared memory, see `table-threads.ts`. */

import type { KernelMemory } from '../base/kernel.ts'

export interface HelperShared {
  /** See `table-kernel.ts`. */
  kernel: string
  memory: KernelMemory
  /** See `CONTROL`. */
  control: Int32Array
  /** A task: place of the function, count of numbers, the numbers; the answer stands in place of the first. */
  numbers: Float64Array
  /** Of the functions of the kernel. */
  names: readonly string[]
}

/** Places in the control: tasks that were asked for and answered, and three flags. */
export const CONTROL = { asked: 0, answered: 1, isUp: 2, isDismissed: 3, hasFailed: 4, length: 5 } as const
/** Of one task, its function and their count included. */
export const MOST_NUMBERS = 24
/** Some fifty microseconds: to wake a thread takes longer, and a step adds and updates in a row. */
const LOOKS = 10_000

/** Returns when the number at that place is `value`. */
export function waitFor(control: Int32Array, place: number, value: number): void {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(control, place) === value) return
  for (let now = Atomics.load(control, place); now !== value; now = Atomics.load(control, place))
    Atomics.wait(control, place, now)
}
