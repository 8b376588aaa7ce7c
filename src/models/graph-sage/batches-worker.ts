/** @file Worker: makes training batches of the graph's tower. */

import { serveTasks } from '../../base/worker-pool.ts'
import type { BatchTask, TrainBatch } from '../../nn/batches.ts'
import { openBatches, type PairExamples } from './batches.ts'

serveTasks<PairExamples, BatchTask, TrainBatch>(openBatches)
