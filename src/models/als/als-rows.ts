/** @file Factors of some rows, the other side's being given: a least-squares problem each. */

import type { Csr } from '../../base/csr.ts'
import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'
import { type LeastSquares, openSolver } from './solver.ts'

/** What a worker needs; all arrays are shared. */
export interface AlsShared extends LeastSquares {
  users: VectorMatrix
  items: VectorMatrix
  alone: VectorMatrix
  /** Users × items, and items × users. */
  rows: Csr
  columns: Csr
}

/** Solve the rows `from` to `to` of a side; `alone`: of users who had one item, the row's. */
export interface AlsTask {
  side: 'users' | 'items' | 'alone'
  steps: number
  from: number
  to: number
}

/** @returns a function that does tasks; its scratch serves all of them */
export function alsRows(shared: AlsShared): (task: AlsTask) => void {
  const { users, items, alone, rows, columns } = shared
  const solve = openSolver(shared, items.dim)
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
