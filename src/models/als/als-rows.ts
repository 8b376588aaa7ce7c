/** @file Factors of some rows, the other side's being given: a least-squares problem each. */

import type { Csr } from '../../base/csr.ts'
import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'

/** What a worker needs; all arrays are shared. */
export interface AlsShared {
  users: VectorMatrix
  items: VectorMatrix
  alone: VectorMatrix
  /** Users × items, and items × users. */
  rows: Csr
  columns: Csr
  /** Yᵀ Y of the side that is given, dim × dim. */
  gram: Float32Array
  confidence: number
  regularisation: number
}

/** Solve the rows `from` to `to` of a side; `alone`: of users who had one item, the row's. */
export interface AlsTask {
  side: 'users' | 'items' | 'alone'
  steps: number
  from: number
  to: number
}

/** Of b, what is left when x is as good as it gets. */
const SOLVED = 1e-20

/** @returns a function that does tasks; its scratch serves all of them */
export function alsRows(shared: AlsShared): (task: AlsTask) => void {
  const { users, items, alone, rows, columns } = shared
  const solve = openSolver(shared)
  return ({ side, steps, from, to }) => {
    for (let row = from; row < to; row++) {
      if (side === 'users') solve(vectorAt(users, row), rows.targets, ...rangeOf(rows, row), items, steps)
      else if (side === 'items')
        solve(vectorAt(items, row), columns.targets, ...rangeOf(columns, row), users, steps)
      else solve(vectorAt(alone, row), [row], 0, 1, items, steps)
    }
  }
}

const rangeOf = ({ offsets }: Csr, row: number): [number, number] => [offsets[row]!, offsets[row + 1]!]

/**
 * Conjugate gradients on A x = b from the x there is, A = YᵀY + λ + (c − 1) Σ y yᵀ and b = c Σ y over what the row had.
 * A row without anything becomes 0.
 */
function openSolver({ gram, confidence, regularisation, items }: AlsShared) {
  const { dim } = items
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
  ): void => {
    if (from === to) {
      x.fill(0)
      return
    }
    direction.set(x)
    apply(direction, targets, from, to, others)
    for (let k = 0; k < dim; k++) left[k] = -image[k]!
    for (let edge = from; edge < to; edge++) {
      const at = targets[edge]! * dim
      for (let k = 0; k < dim; k++) left[k]! += confidence * others.values[at + k]!
    }
    direction.set(left)
    let squares = product(left, left)
    for (let step = 0; step < steps && squares > SOLVED; step++) {
      apply(direction, targets, from, to, others)
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
      sum *= confidence - 1
      for (let k = 0; k < dim; k++) image[k]! += sum * values[at + k]!
    }
  }
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}
