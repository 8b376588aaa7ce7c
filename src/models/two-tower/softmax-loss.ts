/** @file The loss of towers: softmax over a batch's candidates against the targets' shares, corrected for how they were drawn. */

import { divide, multiply, negate, subtract } from '../../nn/operators/arithmetic.ts'
import { and, less, not, where } from '../../nn/operators/comparison.ts'
import { sum } from '../../nn/operators/movement.ts'
import { sizeOf } from '../../nn/operators/reductions.ts'
import { logSoftmax } from '../../nn/operators/softmax.ts'
import { input, type Tensor } from '../../nn/tensor.ts'

export interface LossOptions {
  /** Whether scores are corrected by how likely an item is a candidate. */
  logQ: boolean
  /** Of each user; in that user's row they are candidates for certain. */
  hardNegatives: number
}

/**
 * @param scores [users, items]
 * @returns the mean over users; labels come from the batch: below 0 what is left out, above 1 what is hard for this user, else
 * the share of the targets
 */
export function softmaxLoss(scores: Tensor, { logQ, hardNegatives }: LossOptions): Tensor {
  const hard = hardNegatives > 0 ? less(1.5, labels) : null
  const correction = hard ? where(hard, 0, candidateLogQ) : candidateLogQ
  const corrected = logQ ? subtract(scores, correction) : scores
  const closed = less(labels, 0)
  const open = where(closed, NEVER, corrected)
  const isTarget = hard ? and(not(closed), not(hard)) : not(closed)
  const targets = where(isTarget, labels, 0)
  return divide(negate(sum(multiply(logSoftmax(open), targets))), sizeOf(['users']))
}

const labels = input('labels', ['users', 'items'])
const candidateLogQ = input('logQ', ['items'])

/** A score that no softmax notices. */
const NEVER = -1e9
