/** @file A matrix of vectors over shared memory, row r the vector of item r: what models fit and sources read. */

import { sharedFloat32 } from '../base/shared.ts'

export interface VectorMatrix {
  /** Number of rows. */
  readonly count: number
  /** Length of a row. */
  readonly dim: number
  /** Row-major, count × dim. */
  readonly values: Float32Array
}

export function vectorMatrix(count: number, dim: number): VectorMatrix {
  return { count, dim, values: sharedFloat32(count * dim) }
}

/** Row r as a view. */
export function vectorAt({ dim, values }: VectorMatrix, row: number): Float32Array {
  return values.subarray(row * dim, (row + 1) * dim)
}

/** A copy whose rows have length 1, so that inner products are cosines; zero rows stay zero. */
export function normalisedRows(table: VectorMatrix): VectorMatrix {
  const copy = vectorMatrix(table.count, table.dim)
  copy.values.set(table.values.subarray(0, table.count * table.dim))
  for (let row = 0; row < copy.count; row++) normalise(vectorAt(copy, row))
  return copy
}

/** Scales a vector to length 1 in place; a zero vector stays. */
export function normalise(vector: Float32Array): Float32Array {
  const length = lengthOf(vector)
  if (length > 0) {
    const scale = 1 / length
    for (let j = 0; j < vector.length; j++) vector[j] *= scale
  }
  return vector
}

/** Euclidean length. */
export function lengthOf(vector: Float32Array): number {
  let squares = 0
  for (let j = 0; j < vector.length; j++) squares += vector[j] * vector[j]
  return Math.sqrt(squares)
}
