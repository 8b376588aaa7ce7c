/**
 * @file Negatives drawn uniformly from the catalogue beside those of the batch (Yang et al. 2020, "Mixed negative sampling"), so that
 * items that nobody takes up are told from those that somebody does; and the correction for what both bring.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { createRandom } from '../../base/random.ts'
import type { BatchSampler } from './batch-sampler.ts'
import type { StreamingFrequency } from './streaming-frequency.ts'

export interface MixedNegativesOptions {
  /** Array of the batch that has the items, one for each example. */
  items: string
  /** Items are drawn from 0 … catalogue − 1. */
  catalogue: number
  /** Draws a batch. */
  count: number
  seed: number
  frequency: StreamingFrequency
}

/**
 * Adds `negative` (uint32, as many as are drawn), and `logQ` and `negative/logQ`: the logarithm of how often an item is
 * expected among the candidates of a batch, by its examples or by a draw. For `sampledSoftmax`, whose positives get the first one
 * and whose negatives the other.
 */
export function mixedNegatives({ items, ...options }: MixedNegativesOptions): BatchSampler {
  const { catalogue, count, seed, frequency } = options
  const negative = new Uint32Array(count)
  const ofNegatives = new Float32Array(count)
  let ofItems = new Float32Array(0)
  return {
    state: frequency.state,
    sample(batch, number) {
      const ids = batch[items]
      if (!ids) throw new InvalidOptionError('items', items, `one of ${Object.keys(batch).join(', ')}`)
      frequency.observeEach(ids)
      const random = createRandom(seed, number)
      for (let k = 0; k < count; k++) negative[k] = random.below(catalogue)
      if (ofItems.length < ids.length) ofItems = new Float32Array(ids.length)
      const logQ = (of: ArrayLike<number>, out: Float32Array) => {
        frequency.probabilities(of, out)
        for (let k = 0; k < out.length; k++) out[k] = Math.log(ids.length * out[k]! + count / catalogue)
        return out
      }
      return {
        negative,
        logQ: logQ(ids, ofItems.subarray(0, ids.length)),
        'negative/logQ': logQ(negative, ofNegatives),
      }
    },
  }
}
