/**
 * @file Rows of different lengths, one after the other in one array ("jagged"): sums, means and softmax within each row.
 *
 * Where a row has no values, its sum and its mean are 0.
 */

import type { Dim, Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { divide, multiply, subtract } from './arithmetic.ts'
import { maximum } from './comparison.ts'
import { gather, scatterAdd, scatterMax } from './gather.ts'
import { filled, reshape, stopGradient } from './movement.ts'
import { exp } from './pointwise.ts'

/** A batch of rows. */
export interface Jagged {
  /** All values, row after row: [n, …]. */
  readonly values: Tensor
  /** The row of each value: int32 [n]; see `rowsOfOffsets`. */
  readonly rowOf: Tensor
  /** Number of rows. */
  readonly rows: Dim
}

/** Row by row: [rows, …]. */
export const segmentSum = ({ values, rowOf, rows }: Jagged) => scatterAdd(rowOf, values, rows)

/** Row by row: [rows, …]. */
export function segmentMean({ values, rowOf, rows }: Jagged): Tensor {
  const counts = scatterAdd(rowOf, filled(1, rowOf.shape), rows)
  return divide(scatterAdd(rowOf, values, rows), besides(maximum(counts, 1), values.shape))
}

/** exp(x) over its sum within the row: [n, …]. */
export function segmentSoftmax({ values, rowOf, rows }: Jagged): Tensor {
  const highest = gather(scatterMax(rowOf, stopGradient(values), rows), rowOf)
  const powers = exp(subtract(values, highest))
  return divide(powers, gather(scatterAdd(rowOf, powers, rows), rowOf))
}

export interface BagOptions {
  /** Sum when left out. The mean is over what is in the row, whatever it weighs. */
  mode?: 'sum' | 'mean'
  /** Of each value: [n]. */
  weights?: Tensor
}

/** Bag of embeddings: the vectors [n, width] of each row become one: [rows, width]. */
export function embeddingBag(bag: Jagged, { mode = 'sum', weights }: BagOptions = {}): Tensor {
  const values = weights ? multiply(bag.values, besides(weights, bag.values.shape)) : bag.values
  return (mode === 'sum' ? segmentSum : segmentMean)({ ...bag, values })
}

/**
 * @param offsets where each row begins, and the end of the last one: length rows + 1
 * @returns the row of each value
 */
export function rowsOfOffsets(offsets: ArrayLike<number>): Int32Array {
  const rows = new Int32Array(offsets[offsets.length - 1] ?? 0)
  for (let row = 0; row + 1 < offsets.length; row++) rows.fill(row, offsets[row], offsets[row + 1])
  return rows
}

/** [n] as [n, 1, …] beside a tensor of that shape. */
export const besides = (x: Tensor, shape: Shape) => reshape(x, [...x.shape, ...shape.slice(1).map(() => 1)])
