/** @file The rows that EASE learns from: only items with support, and each row counted by its length. */

import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'

/**
 * Drops items that are in fewer than `minimumSupport` rows and renumbers the rest.
 *
 * @returns the kept items ascending, and rows × kept items with weights
 */
export function supportedItems(rows: Csr, minimumSupport: number): { items: Uint32Array; rows: Csr } {
  const support = new Uint32Array(rows.columns)
  for (const item of rows.targets) support[item]++
  const items = sharedUint32(support.reduce((count, n) => count + (n > 0 && n >= minimumSupport ? 1 : 0), 0))
  const position = new Int32Array(rows.columns).fill(-1)
  for (let item = 0, kept = 0; item < rows.columns; item++) {
    if (support[item] === 0 || support[item] < minimumSupport) continue
    items[kept] = item
    position[item] = kept++
  }
  let edges = 0
  for (const item of rows.targets) if (position[item] >= 0) edges++
  const offsets = sharedUint32(rows.rows + 1)
  const targets = sharedUint32(edges)
  const weights = sharedFloat32(edges)
  for (let r = 0, at = 0; r < rows.rows; r++) {
    for (let k = rows.offsets[r]; k < rows.offsets[r + 1]; k++) {
      const kept = position[rows.targets[k]]
      if (kept < 0) continue
      targets[at] = kept
      weights[at++] = rows.weights ? rows.weights[k] : 1
    }
    offsets[r + 1] = at
  }
  return { items, rows: { rows: rows.rows, columns: items.length, offsets, targets, weights } }
}

/** Scales the weights of each row by √(c |u|^−exponent), in place; c keeps the trace of XᵀX. */
export function scaleRows(rows: Csr, exponent: number): Csr {
  if (exponent === 0) return rows
  const weights = rows.weights!
  let before = 0
  let after = 0
  for (let r = 0; r < rows.rows; r++) {
    const size = rows.offsets[r + 1] - rows.offsets[r]
    for (let k = rows.offsets[r]; k < rows.offsets[r + 1]; k++) {
      before += weights[k] ** 2
      after += weights[k] ** 2 * size ** -exponent
    }
  }
  for (let r = 0; r < rows.rows; r++) {
    const size = rows.offsets[r + 1] - rows.offsets[r]
    const factor = Math.sqrt((before / after) * size ** -exponent)
    for (let k = rows.offsets[r]; k < rows.offsets[r + 1]; k++) weights[k] *= factor
  }
  return rows
}
