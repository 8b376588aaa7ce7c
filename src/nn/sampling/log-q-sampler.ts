/**
 * @file The correction of a softmax over the items of a batch, estimated from the stream of batches itself (Yi et al. 2019,
 * sections 3.1 and 3.2): nobody has to count the data before.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import type { TrainBatch } from '../batches.ts'
import type { BatchSampler } from './batch-sampler.ts'
import type { StreamingFrequency } from './streaming-frequency.ts'

export interface LogQOptions {
  /** Array of the batch that has the items, one for each example. */
  items: string
  /** Array that is added, float32; `logQ` when left out. */
  name?: string
  frequency: StreamingFrequency
}

/**
 * log of the probability that an example is about the item, for each example: `Candidates.logQ` of `sampledSoftmax`, but for a constant
 * that falls out of it. An item counts as often as it is in the batch, so that one that is in all of them is still told from one
 * that is there ten times.
 */
export function logQSampler({ items, name = 'logQ', frequency }: LogQOptions): BatchSampler {
  let room = new Float32Array(0)
  return {
    state: frequency.state,
    sample(batch: TrainBatch) {
      const ids = batch[items]
      if (!ids) throw new InvalidOptionError('items', items, `one of ${Object.keys(batch).join(', ')}`)
      frequency.observeEach(ids)
      if (room.length < ids.length) room = new Float32Array(ids.length)
      const logQ = frequency.probabilities(ids, room.subarray(0, ids.length))
      for (let k = 0; k < logQ.length; k++) logQ[k] = Math.log(logQ[k]!)
      return { [name]: logQ }
    },
  }
}
