/** @file A barrier: threads that share a task wait here until all have arrived. */

import { sharedInt32 } from './shared.ts'

/** Shared by the threads: how many have arrived, and how often all had. */
export const barrierState = () => sharedInt32(2)

const ARRIVED = 0
const ROUND = 1
/** Looks before a thread goes to sleep: others mostly arrive within microseconds, waking up takes longer. */
const SPINS = 5000

/** @returns waits until `threads` threads have called it; what they wrote before is then visible to all */
export function openBarrier(state: Int32Array, threads: number): () => void {
  if (threads === 1) return () => undefined
  return () => {
    const round = Atomics.load(state, ROUND)
    if (Atomics.add(state, ARRIVED, 1) === threads - 1) {
      Atomics.store(state, ARRIVED, 0)
      Atomics.add(state, ROUND, 1)
      Atomics.notify(state, ROUND)
      return
    }
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(state, ROUND) !== round) return
    // Whoever came last in the round before may be held up until now before it wakes the others: that is not for this round.
    while (Atomics.load(state, ROUND) === round) Atomics.wait(state, ROUND, round)
  }
}
