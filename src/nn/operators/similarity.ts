/** @file How near rows are to each other. */

import type { Tensor } from '../tensor.ts'
import { multiply, subtract } from './arithmetic.ts'
import { sum } from './movement.ts'
import { unitLength } from './normalisation.ts'
import { square } from './pointwise.ts'

/** Row by row: [… , width] and [… , width] → […]. */
export const dot = (a: Tensor, b: Tensor) => sum(multiply(a, b), [-1])

/** Dot product of rows at length 1; 0 where one is all zeros. */
export const cosine = (a: Tensor, b: Tensor) => dot(unitLength(a), unitLength(b))

/** Σ (a − b)², row by row. */
export const squaredDistance = (a: Tensor, b: Tensor) => sum(square(subtract(a, b)), [-1])
