/** @file Mean squared error. */

import { subtract } from '../operators/arithmetic.ts'
import { square } from '../operators/pointwise.ts'
import type { Tensor } from '../tensor.ts'
import { meanLoss } from './loss.ts'

/** Mean of weights · (predictions − targets)², all of one shape: a scalar. */
export function meanSquaredError(predictions: Tensor, targets: Tensor, weights?: Tensor): Tensor {
  return meanLoss(square(subtract(predictions, targets)), weights)
}
