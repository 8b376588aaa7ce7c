/** @file One row's least squares of implicit feedback, by conjugate gradients (Takács et al. 2011). */

import type { VectorMatrix } from '../../vectors/vector-matrix.ts'

/** What all rows of a side share. */
export interface LeastSquares {
  /** Yᵀ Y of the side that is given, dim × dim. */
  gram: Float32Array
  confidence: number
  regularisation: number
}

/** Of b, what is left when x is as good as it gets. */
const SOLVED = 1e-20

/**
 * Conjugate gradients on A x = b from the x there is, A = YᵀY + λ + Σ (c_y − 1) y yᵀ and b = Σ c_y y over what the row had,
 * c_y the confidence c. An item that weighs w adds w times as much to both: with 0 it is as good as not there. A row without
 * anything becomes 0. Not re-entrant.
 */
export function openSolver({ gram, confidence, regularisation }: LeastSquares, dim: number) {
  const left = new Float64Array(dim)
  const direction = new Float64Array(dim)
  const image = new Float64Array(dim)

  return (
    x: Float32Array,
    targets: ArrayLike<number>,
    from: number,
    to: number,
    others: VectorMatrix,
    steps: number,
    weights: ArrayLike<number> | null = null,
  ): void => {
    if (from === to) {
      x.fill(0)
      return
    }
    direction.set(x)
    apply(direction, targets, from, to, others, weights)
    for (let k = 0; k < dim; k++) left[k] = -image[k]!
    for (let edge = from; edge < to; edge++) {
      const at = targets[edge]! * dim
      const weight = confidence * (weights ? weights[edge]! : 1)
      for (let k = 0; k < dim; k++) left[k]! += weight * others.values[at + k]!
    }
    direction.set(left)
    let squares = product(left, left)
    for (let step = 0; step < steps && squares > SOLVED; step++) {
      apply(direction, targets, from, to, others, weights)
      const length = squares / product(direction, image)
      for (let k = 0; k < dim; k++) {
        x[k]! += length * direction[k]!
        left[k]! -= length * image[k]!
      }
      const before = squares
      squares = product(left, left)
      for (let k = 0; k < dim; k++) direction[k] = left[k]! + (squares / before) * direction[k]!
    }
  }

  /** image ← A v */
  function apply(
    v: Float64Array,
    targets: ArrayLike<number>,
    from: number,
    to: number,
    { values }: VectorMatrix,
    weights: ArrayLike<number> | null,
  ): void {
    for (let j = 0, at = 0; j < dim; j++, at += dim) {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += gram[at + k]! * v[k]!
      image[j] = sum + regularisation * v[j]!
    }
    for (let edge = from; edge < to; edge++) {
      const at = targets[edge]! * dim
      let sum = 0
      for (let k = 0; k < dim; k++) sum += values[at + k]! * v[k]!
      sum *= (confidence - 1) * (weights ? weights[edge]! : 1)
      for (let k = 0; k < dim; k++) image[k]! += sum * values[at + k]!
    }
  }
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}
