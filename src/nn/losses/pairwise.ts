/** @file Losses of pairs: the better one is to score higher. */

import { divide, multiply, subtract } from '../operators/arithmetic.ts'
import { and, cast, greater, maximum } from '../operators/comparison.ts'
import { reshape, sum } from '../operators/movement.ts'
import { softplus } from '../operators/pointwise.ts'
import type { Dim } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Lists } from './lists.ts'
import { meanLoss } from './loss.ts'

/**
 * Bayesian personalised ranking (Rendle et al. 2009): −log σ(positive − negative).
 *
 * @param positive scores of what was chosen; @param negative of what was not; they may be stretched to each other
 * @returns a scalar, the mean
 */
export function bpr(positive: Tensor, negative: Tensor, weights?: Tensor): Tensor {
  return meanLoss(softplus(subtract(negative, positive)), weights)
}

/** The same over all pairs of a list of which one has the larger label (Burges et al. 2005), as a mean over the pairs. */
export function pairwiseLogistic({ scores, labels, mask }: Lists): Tensor {
  const isOrdered = greater(column(labels), row(labels))
  const counts = mask ? and(isOrdered, and(column(mask), row(mask))) : isOrdered
  const pairs = cast(counts, 'float32')
  const losses = multiply(softplus(subtract(row(scores), column(scores))), pairs)
  return divide(sum(losses), maximum(sum(pairs), 1))
}

const column = (x: Tensor) => reshape(x, [x.shape[0] as Dim, x.shape[1] as Dim, 1])
const row = (x: Tensor) => reshape(x, [x.shape[0] as Dim, 1, x.shape[1] as Dim])
