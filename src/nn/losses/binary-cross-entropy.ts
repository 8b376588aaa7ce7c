/** @file Cross-entropy of yes or no. */

import { multiply, subtract } from '../operators/arithmetic.ts'
import { softplus } from '../operators/pointwise.ts'
import type { Tensor } from '../tensor.ts'
import { meanLoss } from './loss.ts'

/**
 * −y log σ(x) − (1 − y) log(1 − σ(x)), as log(1 + eˣ) − x y, which does not overflow.
 *
 * @param logits x, of any shape
 * @param labels y in [0, 1], of that shape
 * @param weights of that shape
 * @returns a scalar, the mean
 */
export function binaryCrossEntropy(logits: Tensor, labels: Tensor, weights?: Tensor): Tensor {
  return meanLoss(subtract(softplus(logits), multiply(logits, labels)), weights)
}
