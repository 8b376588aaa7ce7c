/** @file A thread that makes batches out of nothing but their numbers, for `batches.test.ts`. */

import { serveTasks } from '../../src/base/worker-pool.ts'
import type { BatchTask } from '../../src/nn/batches.ts'
import { batchOf } from './numbered-batches.ts'

serveTasks(
  (size: number) =>
    ({ epoch, index }: BatchTask) =>
      batchOf(size, epoch, index),
)
