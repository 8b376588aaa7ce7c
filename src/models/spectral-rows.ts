/** @file One product of subspace iteration: rows of R̃ (or its transpose) times a table of vectors. */

import type { Csr } from '../base/csr.ts'
import type { VectorMatrix } from '../vectors/vector-matrix.ts'

/** Edges, and D^−½ of the rows. */
export type ScaledRows = Pick<Csr, 'offsets' | 'targets'> & { weights: Float32Array }

/** What a worker needs; all arrays are shared. */
export interface SpectralShared {
  rows: ScaledRows
  columns: ScaledRows
  /** Items × rank. */
  basis: VectorMatrix
  /** R̃ · basis, rows × rank. */
  image: VectorMatrix
}

/** `image`: image ← R̃ · basis; `basis`: basis ← R̃ᵀ · image; for the output's rows `from` to `to`. */
export interface SpectralTask {
  product: 'image' | 'basis'
  from: number
  to: number
}

/** @returns a function that does tasks; its scratch serves all of them */
export function spectralRows({ rows, columns, basis, image }: SpectralShared): (task: SpectralTask) => void {
  const sums = new Float64Array(basis.dim)
  return ({ product, from, to }) => {
    if (product === 'image') gather(rows, columns.weights, basis, image, sums, from, to)
    else gather(columns, rows.weights, image, basis, sums, from, to)
  }
}

/** output[r] = s_r Σ_{t ∈ r} s_t · input[t] */
function gather(
  { offsets, targets, weights }: ScaledRows,
  targetWeights: Float32Array,
  input: VectorMatrix,
  output: VectorMatrix,
  sums: Float64Array,
  from: number,
  to: number,
): void {
  const { dim } = input
  for (let r = from; r < to; r++) {
    sums.fill(0)
    for (let e = offsets[r]!; e < offsets[r + 1]!; e++) {
      const target = targets[e]!
      const weight = targetWeights[target]!
      for (let k = 0, at = target * dim; k < dim; k++, at++) sums[k]! += weight * input.values[at]!
    }
    const weight = weights[r]!
    for (let k = 0, at = r * dim; k < dim; k++, at++) output.values[at] = weight * sums[k]!
  }
}
