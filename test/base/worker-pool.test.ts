/** @file A pool of threads of which one ends: whoever waits is told, and nothing hangs. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { UnavailableError } from '../../src/base/errors.ts'
import { sharedInt32 } from '../../src/base/shared.ts'
import { WorkerPool } from '../../src/base/worker-pool.ts'
import type { EndingTask } from './ending-worker.ts'

const open = (threads: number) =>
  new WorkerPool<EndingTask, string>(new URL('./ending-worker.ts', import.meta.url), threads, sharedInt32(1))

for (const [end, reason] of [
  ['throw', /nobody catches this/],
  ['exit', /exit code 3/],
] as const)
  test(`when a thread ends by ${end}, what runs, what waits and what comes later is refused`, async () => {
    const pool = open(2)
    const tasks = (['wait', end, 'answer'] as const).map((task) => pool.run(task))
    for (const outcome of await Promise.allSettled(tasks)) {
      assert.equal(outcome.status, 'rejected')
      assert.ok(outcome.reason instanceof UnavailableError)
      assert.match(outcome.reason.message, reason)
    }
    await assert.rejects(pool.run('answer'), reason)
    await pool.close()
  })

test('a pool that has been closed takes no more tasks', async () => {
  const pool = open(1)
  assert.equal(await pool.run('answer'), 'answer')
  await pool.close()
  await assert.rejects(pool.run('answer'), /closed/)
})
