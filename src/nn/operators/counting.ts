/** @file Places along an axis whose size may only be known when the graph runs. */

import type { Dim } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { subtract } from './arithmetic.ts'
import { equal, lessOrEqual } from './comparison.ts'
import { cumulativeSum } from './cumulative-sum.ts'
import { filled, reshape } from './movement.ts'

/** 1, 2, 3, … as floats, exact up to 2²⁴: [size]. */
export const counted = (size: Dim) => cumulativeSum(filled(1, [size]), 0)

/** Column minus row: [rows, columns]. */
export function distances(rows: Dim, columns: Dim): Tensor {
  return subtract(reshape(counted(columns), [1, columns]), reshape(counted(rows), [rows, 1]))
}

/** Where row and column are the same: bool [size, size]. */
export const diagonal = (size: Dim) => equal(distances(size, size), 0)

/** Where the column is not behind the row: bool [size, size]. */
export const upToHere = (size: Dim) => lessOrEqual(distances(size, size), 0)
