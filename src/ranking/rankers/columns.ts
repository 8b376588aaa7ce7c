/** @file Columns of rows: the ones that a ranker uses, in its own order. */

import type { RankRows } from './ranker.ts'

/** The rows with only the columns for which `keep` holds. */
export function withColumns(rows: RankRows, keep: (column: number) => boolean): RankRows {
  const columns = Array.from(rows.names.keys()).filter(keep)
  const values = new Float32Array(rows.rows * columns.length)
  copyColumns(rows.values, rows.names.length, columns, rows.rows, values)
  return {
    ...rows,
    names: columns.map((column) => rows.names[column]),
    families: columns.map((column) => rows.families[column]),
    values,
  }
}

/** Places of the wanted columns among those that there are; −1 for one that is missing. */
export function placesOf(wanted: readonly string[], names: readonly string[]): number[] {
  return wanted.map((name) => names.indexOf(name))
}

/**
 * Copies columns of row-major values into rows of their own.
 *
 * @param width columns of `values`
 * @param missing value of a column whose place is −1, one per place; NaN when left out
 * @param out row-major, rows × places
 */
export function copyColumns(
  values: Float32Array,
  width: number,
  places: readonly number[],
  rows: number,
  out: Float32Array,
  missing?: ArrayLike<number>,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let k = 0; k < places.length; k++) {
      out[at++] = places[k] < 0 ? (missing ? missing[k] : Number.NaN) : values[row * width + places[k]]
    }
  }
}
