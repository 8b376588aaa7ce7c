/** @file NDCG with ranks that have a slope (ApproxNDCG, Qin et al. 2010). */

import { widthOf } from '../layers/layer.ts'
import { add, divide, multiply, subtract } from '../operators/arithmetic.ts'
import { greater, maximum, where } from '../operators/comparison.ts'
import { counted } from '../operators/counting.ts'
import { reshape, sum } from '../operators/movement.ts'
import { exp, log, sigmoid } from '../operators/pointwise.ts'
import { topValues } from '../operators/top-k.ts'
import type { Dim } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { inLists, type Lists, presence } from './lists.ts'
import { meanLoss } from './loss.ts'

/**
 * 1 − NDCG, with gains 2^label − 1 and ranks 1 + Σ_j σ((s_j − s_i) / temperature); the mean over lists. A list without
 * relevant items counts 0.
 *
 * The length of the lists has to be known.
 *
 * @param temperature the smaller, the nearer to NDCG, and the flatter
 */
export function approximateNdcg(lists: Lists, temperature = 0.1): Tensor {
  const [count, length] = [lists.scores.shape[0] as Dim, widthOf(lists.scores, 'approximateNdcg')]
  const ahead = subtract(reshape(lists.scores, [count, 1, length]), reshape(lists.scores, [count, length, 1]))
  const others = multiply(sigmoid(divide(ahead, temperature)), reshape(presence(lists), [count, 1, length]))
  // Each is among the others with σ(0).
  const ranks = add(sum(others, [2]), 0.5)
  const gains = inLists(subtract(exp(multiply(lists.labels, Math.LN2)), 1), lists, 0)
  const found = sum(divide(gains, discount(ranks)), [1])
  const best = sum(divide(topValues(gains, length), discount(counted(length))), [1])
  const isOpen = greater(best, 0)
  return meanLoss(where(isOpen, subtract(1, divide(found, maximum(best, 1e-9))), 0))
}

/** log₂(1 + rank). */
const discount = (rank: Tensor) => divide(log(add(rank, 1)), Math.LN2)
