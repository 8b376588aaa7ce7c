/** @file Worker of the barrier's test: arrives in every round, and looks whether all the others have. */

import { openBarrier } from '../../src/base/barrier.ts'
import { serveTasks } from '../../src/base/worker-pool.ts'

export interface BarrierShared {
  state: Int32Array
  threads: number
  rounds: number
  /** How many arrived in each round. */
  arrived: Int32Array
}

serveTasks(({ state, threads, rounds, arrived }: BarrierShared) => {
  const wait = openBarrier(state, threads)
  return () => {
    let missing = 0
    for (let round = 0; round < rounds; round++) {
      Atomics.add(arrived, round, 1)
      wait()
      if (Atomics.load(arrived, round) !== threads) missing++
    }
    return missing
  }
})
