/** @file What losses share: the mean over examples, and the places of a square. */

import { multiply } from '../operators/arithmetic.ts'
import { equal } from '../operators/comparison.ts'
import { cumulativeSum } from '../operators/cumulative-sum.ts'
import { filled, reshape } from '../operators/movement.ts'
import { mean } from '../operators/reductions.ts'
import type { Dim } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Σ w·loss / n: an example of weight 2 counts as two, and the mean stays over n. */
export function meanLoss(losses: Tensor, weights?: Tensor): Tensor {
  return mean(weights ? multiply(losses, weights) : losses)
}

/** 1, 2, 3, … as floats: [size]. */
export const counted = (size: Dim) => cumulativeSum(filled(1, [size]), 0)

/** Where row and column are the same: bool [size, size]. */
export function diagonal(size: Dim): Tensor {
  return equal(reshape(counted(size), [size, 1]), reshape(counted(size), [1, size]))
}
