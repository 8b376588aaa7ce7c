/** @file Orthonormal columns by Cholesky QR: the Gram matrix factored, the table divided by the factor. */

import type { VectorMatrix } from '../vectors/vector-matrix.ts'

/** A column with less than this share of its length left after the others were taken out is dropped. */
const NEGLIGIBLE = 1e-10

/**
 * Makes the columns of a table orthonormal, in place, without changing their span; columns that depend on earlier ones
 * become 0. Sums are in float64, so columns of very unequal length are safe.
 */
export function orthonormalise({ count, dim, values }: VectorMatrix): void {
  const factor = cholesky(gram(count, dim, values), dim)
  const row = new Float64Array(dim)
  // values ← values · L⁻ᵀ, row by row: forward substitution.
  for (let r = 0; r < count; r++) {
    const start = r * dim
    for (let k = 0; k < dim; k++) {
      let sum = values[start + k]!
      for (let j = 0, at = k * dim; j < k; j++, at++) sum -= row[j]! * factor[at]!
      const pivot = factor[k * dim + k]!
      row[k] = pivot > 0 ? sum / pivot : 0
    }
    values.set(row, start)
  }
}

/** Upper half of VᵀV, dim × dim. */
function gram(count: number, dim: number, values: Float32Array): Float64Array {
  const sums = new Float64Array(dim * dim)
  for (let r = 0; r < count; r++) {
    const start = r * dim
    for (let i = 0; i < dim; i++) {
      const value = values[start + i]!
      if (value === 0) continue
      for (let j = i, at = i * dim + i; j < dim; j++, at++) sums[at]! += value * values[start + j]!
    }
  }
  return sums
}

/** Lower factor L of a symmetric matrix given by its upper half; a dependent column gets a zero row and pivot. */
function cholesky(upper: Float64Array, dim: number): Float64Array {
  const factor = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = upper[j * dim + i]!
      for (let k = 0; k < j; k++) sum -= factor[i * dim + k]! * factor[j * dim + k]!
      if (i === j) factor[i * dim + i] = sum > NEGLIGIBLE * upper[i * dim + i]! ? Math.sqrt(sum) : 0
      else {
        const pivot = factor[j * dim + j]!
        factor[i * dim + j] = pivot > 0 ? sum / pivot : 0
      }
    }
  }
  return factor
}
