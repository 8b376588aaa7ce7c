/** @file The barrier: nobody goes on before all have arrived, round after round. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { barrierState, openBarrier } from '../../src/base/barrier.ts'
import { sharedInt32 } from '../../src/base/shared.ts'
import { WorkerPool } from '../../src/base/worker-pool.ts'
import type { BarrierShared } from './barrier-worker.ts'

const ROUNDS = 300

test('nobody is a round ahead of the others', async () => {
  const threads = 3
  const shared: BarrierShared = {
    state: barrierState(),
    threads,
    rounds: ROUNDS,
    arrived: sharedInt32(ROUNDS),
  }
  const pool = new WorkerPool<null, number>(new URL('./barrier-worker.ts', import.meta.url), threads, shared)
  try {
    // Each thread counts the rounds in which somebody was missing after the barrier.
    assert.deepEqual(await pool.runAll([null, null, null]), [0, 0, 0])
    assert.ok(shared.arrived.every((count) => count === threads))
  } finally {
    await pool.close()
  }
})

test('who is woken up for a round that is over goes on waiting for this one', async () => {
  const shared: BarrierShared = { state: barrierState(), threads: 2, rounds: 1, arrived: sharedInt32(1) }
  const pool = new WorkerPool<null, number>(new URL('./barrier-worker.ts', import.meta.url), 1, shared)
  try {
    const missing = pool.run(null)
    // Late calls, as of a thread that was held up after it came last in the round before.
    for (let call = 0; call < 50 || Atomics.load(shared.arrived, 0) === 0; call++) {
      shared.state.forEach((_, place) => {
        Atomics.notify(shared.state, place)
      })
      await sleep(10)
    }
    Atomics.add(shared.arrived, 0, 1)
    openBarrier(shared.state, 2)()
    assert.equal(await missing, 0)
  } finally {
    await pool.close()
  }
})

test('one thread alone does not wait', () => {
  openBarrier(barrierState(), 1)()
})
