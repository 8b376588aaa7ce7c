/** @file A worker of alternating least squares. */

import { serveTasks } from '../../base/worker-pool.ts'
import { type AlsShared, type AlsTask, alsRows } from './als-rows.ts'

serveTasks((shared: AlsShared) => {
  const run = alsRows(shared)
  return (task: AlsTask) => {
    run(task)
    return null
  }
})
