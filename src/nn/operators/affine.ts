/** @file A product with a matrix and a shift, as one large product over all rows. */

import { timesDims } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { add } from './arithmetic.ts'
import { matmul } from './matmul.ts'
import { reshape } from './movement.ts'

/**
 * [… , in] · [in, out] + [out]. With two axes ONNX Runtime adds the shift within the product, which saves a pass over
 * the result.
 */
export function affine(x: Tensor, weights: Tensor, shift: Tensor): Tensor {
  if (x.shape.length <= 2) return add(matmul(x, weights), shift)
  const rows = reshape(x, [timesDims(x.shape.slice(0, -1)), x.shape.at(-1)!])
  return reshape(add(matmul(rows, weights), shift), [...x.shape.slice(0, -1), weights.shape[1]!])
}
