/**
 * @file Softmax over a batch's own items, corrected for how often each is drawn (Yi et al. 2019), with negatives of other
 * origin added (Yang et al. 2020, mixed negatives).
 */

import { divide, subtract } from '../operators/arithmetic.ts'
import { equal, where } from '../operators/comparison.ts'
import { diagonal } from '../operators/counting.ts'
import { NEVER } from '../operators/masked-softmax.ts'
import { matmul } from '../operators/matmul.ts'
import { concat, reshape } from '../operators/movement.ts'
import { logSumExp } from '../operators/reductions.ts'
import { dot } from '../operators/similarity.ts'
import type { Operand, Tensor } from '../tensor.ts'
import { meanLoss } from './loss.ts'

export interface Candidates {
  /** [n, width]. */
  vectors: Tensor
  /**
   * Logarithm of the probability that the item is among the candidates of a batch: [n]. With mixed negatives, that of
   * the mixture of both origins, for both.
   */
  logQ?: Tensor
  /**
   * Which item it is: int32 [n]. Items equal to a row's positive are not among its negatives. For negatives of other
   * origin, and for batches that seldom repeat an item: where they often do, the repeats are part of what logQ corrects,
   * and leaving them out scores popular items too high (`planted-popularity.test.ts` measures it).
   */
  ids?: Tensor
}

export interface SampledSoftmaxOptions {
  /** Scores are divided by it; 1 when left out. May be learned. */
  temperature?: Operand
  /** Shared by all rows, besides the positives of the other rows. */
  negatives?: Candidates
  /** Whether the correction goes to the score of the positive too, as published; true when left out. */
  correctPositive?: boolean
  /** Of each row: [batch]. */
  weights?: Tensor
}

/**
 * −mean log softmax(u·v / temperature − log q)[own item].
 *
 * @param users [batch, width]
 * @param positives row i is the item of user i: [batch, width]
 * @returns a scalar
 */
export function sampledSoftmax(
  users: Tensor,
  positives: Candidates,
  { temperature = 1, negatives, correctPositive = true, weights }: SampledSoftmaxOptions = {},
): Tensor {
  const batch = users.shape[0]!
  const scaled = divide(users, temperature)
  const own = dot(scaled, positives.vectors)
  const { logQ } = positives
  const positive = correctPositive && logQ ? subtract(own, logQ) : own

  // The own item's score stands apart, so that its correction can differ.
  const isOwn = diagonal(batch)
  const others = scores(scaled, positives, positives.ids, isOwn)
  const totals = [reshape(positive, [batch, 1]), others]
  if (negatives) totals.push(scores(scaled, negatives, positives.ids))
  const total = logSumExp(concat(totals, 1), [1])
  return meanLoss(subtract(total, positive), weights)
}

/** log Σ exp of the scores of all candidates but those that are the row's own item: [batch, 1]. */
function scores(users: Tensor, { vectors, logQ, ids }: Candidates, ownIds?: Tensor, isOwn?: Tensor): Tensor {
  const products = matmul(users, vectors, { right: true })
  const corrected = logQ ? subtract(products, reshape(logQ, [1, logQ.shape[0]!])) : products
  const same =
    ids && ownIds && equal(reshape(ownIds, [ownIds.shape[0]!, 1]), reshape(ids, [1, ids.shape[0]!]))
  // The diagonal is among the equal ids.
  const left = same ?? isOwn
  return logSumExp(left ? where(left, NEVER, corrected) : corrected, [1], true)
}
