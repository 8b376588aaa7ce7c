/** @file What a batch gets besides what its source made: declared to the trainer, and drawn in the order of the training. */

import type { TrainBatch } from '../batches.ts'

/** Adds arrays to batches: corrections, negatives, labels. Asked once for each batch, in their order. */
export interface BatchSampler {
  /** What the next batch depends on, by names of its own: it is kept in checkpoints. None when all follows from the arguments. */
  readonly state?: Readonly<Record<string, Float64Array>>
  /**
   * @param batch the source's arrays, and those of the samplers before this one
   * @param number of the batch, from 0, over all epochs
   * @returns the arrays that are added, valid until the next call
   */
  sample(batch: TrainBatch, number: number): TrainBatch
}
