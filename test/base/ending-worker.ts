/** @file Worker of the pool's test: one task waits for what another one never says, as its thread ends. */

import { serveTasks } from '../../src/base/worker-pool.ts'

export type EndingTask = 'wait' | 'throw' | 'exit' | 'answer'

serveTasks((said: Int32Array) => (task: EndingTask) => {
  if (task === 'wait') Atomics.wait(said, 0, 0)
  if (task === 'exit') process.exit(3)
  if (task !== 'throw') return task
  // Outside of the task, where nobody catches it.
  setImmediate(() => {
    throw new Error('nobody catches this')
  })
  return new Promise(() => {})
})
