/** @file Compressed sparse rows: the one sparse layout of the house, over shared memory. */

import { sharedFloat32, sharedUint32 } from './shared.ts'

/** Row r holds `targets[offsets[r] .. offsets[r + 1])`, with `weights` beside them when the rows are weighted. */
export interface Csr {
  readonly rows: number
  readonly columns: number
  /** Length rows + 1. */
  readonly offsets: Uint32Array
  readonly targets: Uint32Array
  readonly weights?: Float32Array
}

/**
 * Builds rows from an edge list by counting sort; edges of one row keep the order in which they came.
 *
 * @param edges `from[k] → to[k]`, optional `weights[k]`
 */
export function csrFromEdges(
  rows: number,
  columns: number,
  edges: { from: ArrayLike<number>; to: ArrayLike<number>; weights?: ArrayLike<number> },
): Csr {
  const { from, to, weights } = edges
  const count = from.length
  const offsets = sharedUint32(rows + 1)
  for (let k = 0; k < count; k++) offsets[from[k]! + 1]!++
  for (let r = 0; r < rows; r++) offsets[r + 1]! += offsets[r]!
  const cursor = offsets.slice(0, rows)
  const targets = sharedUint32(count)
  const sorted = weights ? sharedFloat32(count) : undefined
  for (let k = 0; k < count; k++) {
    const at = cursor[from[k]!]!++
    targets[at] = to[k]!
    if (sorted) sorted[at] = weights![k]!
  }
  return { rows, columns, offsets, targets, weights: sorted }
}

/** Columns become rows; targets of each row come out ascending. */
export function transpose(csr: Csr): Csr {
  const offsets = sharedUint32(csr.columns + 1)
  for (let k = 0; k < csr.targets.length; k++) offsets[csr.targets[k]! + 1]!++
  for (let c = 0; c < csr.columns; c++) offsets[c + 1]! += offsets[c]!
  const cursor = offsets.slice(0, csr.columns)
  const targets = sharedUint32(csr.targets.length)
  const weights = csr.weights ? sharedFloat32(csr.targets.length) : undefined
  for (let r = 0; r < csr.rows; r++) {
    for (let k = csr.offsets[r]!; k < csr.offsets[r + 1]!; k++) {
      const at = cursor[csr.targets[k]!]!++
      targets[at] = r
      if (weights) weights[at] = csr.weights![k]!
    }
  }
  return { rows: csr.columns, columns: csr.rows, offsets, targets, weights }
}

/** These rows alone, in this order, without their weights. */
export function selectRows(csr: Csr, rows: Uint32Array): Csr {
  const offsets = sharedUint32(rows.length + 1)
  rows.forEach((row, k) => {
    offsets[k + 1] = offsets[k]! + degree(csr, row)
  })
  const targets = sharedUint32(offsets[rows.length]!)
  rows.forEach((row, k) => {
    targets.set(rowOf(csr, row), offsets[k])
  })
  return { rows: rows.length, columns: csr.columns, offsets, targets }
}

/** The targets of one row, as a view. */
export function rowOf(csr: Csr, row: number): Uint32Array {
  return csr.targets.subarray(csr.offsets[row]!, csr.offsets[row + 1]!)
}

/** Number of targets in a row. */
export function degree(csr: Csr, row: number): number {
  return csr.offsets[row + 1]! - csr.offsets[row]!
}
