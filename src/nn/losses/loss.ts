/** @file What losses share: the mean over examples. */

import { multiply } from '../operators/arithmetic.ts'
import { mean } from '../operators/reductions.ts'
import type { Tensor } from '../tensor.ts'

/** Σ w·loss / n: an example of weight 2 counts as two, and the mean stays over n. */
export function meanLoss(losses: Tensor, weights?: Tensor): Tensor {
  return mean(weights ? multiply(losses, weights) : losses)
}
