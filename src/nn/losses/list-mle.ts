/** @file Likelihood of the right order, drawn from the top without replacement (ListMLE, Xia et al. 2008). */

import { widthOf } from '../layers/layer.ts'
import { multiply, subtract } from '../operators/arithmetic.ts'
import { maximum } from '../operators/comparison.ts'
import { cumulativeSum } from '../operators/cumulative-sum.ts'
import { take } from '../operators/gather.ts'
import { NEVER } from '../operators/masked-softmax.ts'
import { stopGradient, sum } from '../operators/movement.ts'
import { exp, log } from '../operators/pointwise.ts'
import { max } from '../operators/reductions.ts'
import { topIndices } from '../operators/top-k.ts'
import type { Tensor } from '../tensor.ts'
import { inLists, type Lists, presence } from './lists.ts'
import { meanLoss } from './loss.ts'

/** Keeps the logarithm of an empty tail a number. */
const TINY = 1e-30

/**
 * Σ_k log Σ_{j ≥ k} exp(s_j) − s_k along the labels, the largest first, equal ones by place; the mean over lists.
 *
 * The length of the lists has to be known.
 */
export function listMle(lists: Lists): Tensor {
  const order = topIndices(inLists(lists.labels, lists, NEVER), widthOf(lists.labels, 'listMle'))
  const isThere = take(presence(lists), order)
  const sorted = take(inLists(lists.scores, lists, NEVER), order)
  const highest = stopGradient(max(sorted, [1], true))
  const scores = multiply(subtract(sorted, highest), isThere)
  const tails = cumulativeSum(multiply(exp(scores), isThere), 1, true)
  return meanLoss(sum(multiply(subtract(log(maximum(tails, TINY)), scores), isThere), [1]))
}
