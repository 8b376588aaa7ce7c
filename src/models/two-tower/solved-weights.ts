/**
 * @file How much each item of a history counts beside the others: as much as in the least squares that factors are made by
 * (implicit ALS, Hu, Koren and Volinsky 2008). A plain sum counts twice what two items say alike.
 *
 * With A = YᵀY + λ over all items, the factors of a user who had the items of W are
 *   x = (A + (c − 1) Σ w y yᵀ)⁻¹ Σ c w y = Σ α A⁻¹y,   (1/w + (c − 1) K) α = c,   K = y·A⁻¹y = z·z
 * (Woodbury): a weighted sum of one vector an item, whose weights follow from products of the history's items.
 */

import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'

/** The least squares that weigh a history. */
export interface Solving {
  /** items × factors: z = L⁻¹y, A = L Lᵀ; an item without factors has nothing in common with others. */
  factors: VectorMatrix
  confidence: number
}

/** No eigenvalue of K is above 1, so that of the system's condition only the confidence is left: this many steps do. */
const STEPS = 25
/** Of the squares there were, what is left when it is as good as it gets. */
const SOLVED = 1e-14

/**
 * @returns a function that replaces the weights of a history's items, in place, by those of the solution; an item that weighs
 * nothing stays so, one that weighs less than nothing is solved for as not wanted. Not re-entrant.
 */
export function openSolvedWeights({
  factors,
  confidence,
}: Solving): (items: ArrayLike<number>, weights: Float64Array) => void {
  const { count, dim } = factors
  const none = new Float32Array(dim)
  const image = new Float64Array(dim)
  return (items, weights) => {
    const rows = Array.from(weights, (_, k) => (items[k]! < count ? vectorAt(factors, items[k]!) : none))
    // In √|w| the system is symmetric: (1 + (c − 1) √w K √w) β = c √w.
    const roots = weights.map((weight) => Math.sqrt(Math.abs(weight)))
    const beta = new Float64Array(rows.length)
    const left = roots.map((root, k) => confidence * Math.sign(weights[k]!) * root)
    const direction = left.slice()
    let squares = product(left, left)
    const solved = SOLVED * squares
    for (let step = 0; step < STEPS && squares > solved; step++) {
      const moved = apply(rows, roots, direction)
      const length = squares / product(direction, moved)
      for (let k = 0; k < beta.length; k++) {
        beta[k]! += length * direction[k]!
        left[k]! -= length * moved[k]!
      }
      const before = squares
      squares = product(left, left)
      for (let k = 0; k < beta.length; k++) direction[k] = left[k]! + (squares / before) * direction[k]!
    }
    for (let k = 0; k < beta.length; k++) weights[k] = roots[k]! * beta[k]!
  }

  /** (1 + (c − 1) √w K √w) v */
  function apply(rows: readonly Float32Array[], roots: Float64Array, v: Float64Array): Float64Array {
    image.fill(0)
    rows.forEach((row, k) => {
      const weight = roots[k]! * v[k]!
      for (let j = 0; j < dim; j++) image[j]! += weight * row[j]!
    })
    return v.map((value, k) => {
      const row = rows[k]!
      let sum = 0
      for (let j = 0; j < dim; j++) sum += row[j]! * image[j]!
      return value + (confidence - 1) * roots[k]! * sum
    })
  }
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}
