/** @file Softmax over what is there of rows of different lengths: padded with a mask. */

import type { Tensor } from '../tensor.ts'
import { multiply } from './arithmetic.ts'
import { cast, where } from './comparison.ts'
import { softmax } from './softmax.ts'

/** Its power of e is 0, and differences between two of them are still numbers. */
export const NEVER = -1e9

/** Softmax over the last axis of those values whose mask is true; all others are 0, and so is a row without any. */
export function maskedSoftmax(x: Tensor, mask: Tensor): Tensor {
  return multiply(softmax(where(mask, x, NEVER)), cast(mask, 'float32'))
}
