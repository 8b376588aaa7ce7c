/** @file A thread that makes batches out of nothing but their numbers, for `batches.test.ts`. */

import { serveBatches } from '../../src/nn/batches.ts'
import { batchOf } from './numbered-batches.ts'

serveBatches(
  (size: number) =>
    ({ epoch, index }) =>
      batchOf(size, epoch, index),
)
