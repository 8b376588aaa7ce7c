/** @file A worker of subspace iteration. */

import { serveTasks } from '../base/worker-pool.ts'
import { type SpectralShared, type SpectralTask, spectralRows } from './spectral-rows.ts'

serveTasks((shared: SpectralShared) => {
  const run = spectralRows(shared)
  return (task: SpectralTask) => {
    run(task)
    return null
  }
})
