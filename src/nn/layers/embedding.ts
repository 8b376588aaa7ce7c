/** @file Vectors of ids: from a small table within the graph, or made of rows that a table outside of it brings. */

import { ShapeError } from '../errors.ts'
import { normal } from '../initialisers.ts'
import { multiply } from '../operators/arithmetic.ts'
import { gather } from '../operators/gather.ts'
import { reshape, slice, sum } from '../operators/movement.ts'
import { describe, type Initialiser, parameter, type Tensor } from '../tensor.ts'
import { widthOf } from './layer.ts'

/**
 * A table that is a parameter: each step moves all of it, so for hundreds of rows, not for millions.
 *
 * @returns int32 […] → [… , width]. Parameter `name/table` [rows, width], its rows about 1 long at first
 */
export function embedding(
  name: string,
  rows: number,
  width: number,
  initialise: Initialiser = normal(1 / Math.sqrt(width)),
): (indices: Tensor) => Tensor {
  const table = parameter(`${name}/table`, [rows, width], initialise)
  return (indices) => gather(table, indices)
}

/** How the rows of one id become its vector. */
export type Combination = 'sum' | 'multiply' | 'concat'

/**
 * The vectors of ids of which each has several rows (see `../embeddings/`).
 *
 * @param rows [… , lookups, width]
 * @returns [… , width], or [… , lookups · width] for "concat"
 */
export function combineRows(rows: Tensor, combination: Combination): Tensor {
  const width = widthOf(rows, 'combineRows')
  const lookups = rows.shape.at(-2)
  if (typeof lookups !== 'number')
    throw new ShapeError(describe(rows), 'the number of rows of an id is not known')
  const lead = rows.shape.slice(0, -2)
  if (combination === 'concat') return reshape(rows, [...lead, lookups * width])
  if (combination === 'sum') return sum(rows, [-2])
  const parts = Array.from({ length: lookups }, (_, k) =>
    reshape(slice(rows, -2, k, k + 1), [...lead, width]),
  )
  return parts.reduce(multiply)
}
