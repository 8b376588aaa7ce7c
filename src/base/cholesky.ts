/** @file Cholesky factors of small symmetric positive definite matrices, row-major, and what is solved with them. */

/**
 * Replaces the lower triangle of a matrix by its factor L, A = L·Lᵀ. The upper triangle is neither read nor written.
 *
 * @returns whether the matrix was positive definite
 */
export function factorise(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let j = 0; j <= i; j++) {
      const other = j * n
      let sum = matrix[row + j]!
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!
      if (i > j) matrix[row + j] = sum / matrix[other + j]!
      else if (sum > 0) matrix[row + i] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

/** Solves L·x = b in place. */
export function solveLower(factor: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = x[i]!
    for (let k = 0; k < i; k++) sum -= factor[i * n + k]! * x[k]!
    x[i] = sum / factor[i * n + i]!
  }
}

/** Solves Lᵀ·x = b in place. */
export function solveUpper(factor: Float64Array, n: number, x: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const value = x[i]! / factor[i * n + i]!
    x[i] = value
    for (let k = 0; k < i; k++) x[k]! -= factor[i * n + k]! * value
  }
}

/** A⁻¹ of the matrix whose factor is given; only its lower triangle is written. */
export function inverse(factor: Float64Array, n: number): Float64Array {
  // Row i of L⁻ᵀ is column i of L⁻¹, so that the products below run along rows.
  const transposed = new Float64Array(n * n)
  for (let column = 0; column < n; column++) {
    const row = column * n
    transposed[row + column] = 1 / factor[row + column]!
    for (let i = column + 1; i < n; i++) {
      let sum = 0
      for (let k = column; k < i; k++) sum -= factor[i * n + k]! * transposed[row + k]!
      transposed[row + i] = sum / factor[i * n + i]!
    }
  }
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = i; k < n; k++) sum += transposed[i * n + k]! * transposed[j * n + k]!
      result[i * n + j] = sum
    }
  }
  return result
}
