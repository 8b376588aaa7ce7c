/** @file Contrastive loss of two views of the same things (van den Oord et al. 2018; both ways, Radford et al. 2021). */

import { add, divide, multiply, subtract } from '../operators/arithmetic.ts'
import { and, equal, not, where } from '../operators/comparison.ts'
import { diagonal } from '../operators/counting.ts'
import { NEVER } from '../operators/masked-softmax.ts'
import { matmul } from '../operators/matmul.ts'
import { reshape } from '../operators/movement.ts'
import { logSumExp } from '../operators/reductions.ts'
import { dot } from '../operators/similarity.ts'
import type { Operand, Tensor } from '../tensor.ts'
import { meanLoss } from './loss.ts'

export interface InfoNceOptions {
  /** Scores are divided by it; 1 when left out. May be learned. */
  temperature?: Operand
  /** Also finds the first view by the second, and takes the mean; true when left out. */
  bothWays?: boolean
  /** What a row shows: int32 [batch]. Rows of equal ids are not held against each other. */
  ids?: Tensor
}

/**
 * −mean log softmax(a·b / temperature)[own row].
 *
 * @param a [batch, width], usually of length 1
 * @param b row i shows the same thing as row i of a: [batch, width]
 * @returns a scalar
 */
export function infoNce(
  a: Tensor,
  b: Tensor,
  { temperature = 1, bothWays = true, ids }: InfoNceOptions = {},
): Tensor {
  const scaled = divide(a, temperature)
  const products = matmul(scaled, b, { right: true })
  const scores = ids ? where(sameButOwn(ids), NEVER, products) : products
  const own = dot(scaled, b)
  const byRow = logSumExp(scores, [1])
  const total = bothWays ? multiply(add(byRow, logSumExp(scores, [0])), 0.5) : byRow
  return meanLoss(subtract(total, own))
}

function sameButOwn(ids: Tensor): Tensor {
  const batch = ids.shape[0]!
  const same = equal(reshape(ids, [batch, 1]), reshape(ids, [1, batch]))
  return and(same, not(diagonal(batch)))
}
