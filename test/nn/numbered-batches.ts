/** @file Batches that say which they are. */

import type { TrainBatch } from '../../src/nn/batches.ts'

export function batchOf(size: number, epoch: number, index: number): TrainBatch {
  if (index === 7) throw new Error('there is no batch 7')
  return { values: new Float32Array(size).fill(100 * epoch + index) }
}
