/** @file Softmax over what is there of rows of different lengths: padded with a mask. */

import type { Tensor } from '../tensor.ts'
import { add, multiply, negate, subtract } from './arithmetic.ts'
import { cast, where } from './comparison.ts'
import { stopGradient } from './movement.ts'
import { max, min } from './reductions.ts'
import { softmax } from './softmax.ts'

/** Its power of e is 0, and differences between two of them are still numbers. */
export const NEVER = -1e9

/** What is masked stands so far below the least value: a share of e⁻⁴⁰ is lost in any sum. */
const BELOW = 40

/**
 * Softmax over the last axis of those values whose mask is true; all others are 0, and so is a row without any.
 * @param mask of a shape that broadcasts to that of x
 */
export function maskedSoftmax(x: Tensor, mask: Tensor): Tensor {
  // Not as far down as NEVER: where exp is below the least normal number, some processors take ten times as long over all.
  const spread = stopGradient(subtract(max(x), min(x)))
  const shift = where(mask, 0, negate(add(spread, BELOW)))
  return multiply(softmax(add(x, shift)), cast(mask, 'float32'))
}
