/** @file Worker: makes training batches of the two-tower model. */

import { serveTasks } from '../../base/worker-pool.ts'
import type { BatchTask, TrainBatch } from '../../nn/batches.ts'
import { openBatches, type TwoTowerExamples } from './batches.ts'

serveTasks<TwoTowerExamples, BatchTask, TrainBatch>(openBatches)
