/** @file The weights B of EASE out of −P: all of them, or the strongest of each row over the whole catalogue. */

import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { topK } from '../base/top-k.ts'
import { entryOf, panelRange, readBlock, type SymmetricPanels } from './symmetric-panels.ts'

/** @param negative −P; @returns B, size × size, row-major, zero diagonal */
export function denseWeights(negative: SymmetricPanels): Float32Array {
  const dense = sharedFloat32(negative.size ** 2)
  eachRow(negative, (item, row) => dense.set(row, item * negative.size))
  return dense
}

/**
 * @param keep weights of each row, the largest in size
 * @param items catalogue index of each fitted item, ascending
 * @param catalogue number of items in the catalogue
 * @returns catalogue × catalogue; targets of a row ascend
 */
export function strongestWeights(
  negative: SymmetricPanels,
  keep: number,
  items: Uint32Array,
  catalogue: number,
): Csr {
  const { size } = negative
  const width = Math.min(keep, Math.max(0, size - 1))
  const offsets = sharedUint32(catalogue + 1)
  for (const item of items) offsets[item + 1] = width
  for (let item = 0; item < catalogue; item++) offsets[item + 1] += offsets[item]
  const targets = sharedUint32(size * width)
  const weights = sharedFloat32(size * width)
  const strength = new Float32Array(size)
  eachRow(negative, (fitted, row) => {
    for (let j = 0; j < size; j++) strength[j] = Math.abs(row[j])
    strength[fitted] = Number.NEGATIVE_INFINITY
    const start = offsets[items[fitted]]
    topK(strength, width)
      .sort()
      .forEach((j, k) => {
        targets[start + k] = items[j]
        weights[start + k] = row[j]
      })
  })
  return { rows: catalogue, columns: catalogue, offsets, targets, weights }
}

/** Visits the rows of B in order; the row is reused. −P_ij / P_jj = (−P)_ij / −(−P)_jj. */
function eachRow(negative: SymmetricPanels, visit: (item: number, row: Float32Array) => void): void {
  const { size, panels, height } = negative
  const factor = Float64Array.from({ length: size }, (_, j) => -1 / entryOf(negative, j, j))
  const block = new Float32Array(height * height)
  const band = new Float32Array(height * size)
  for (let p = 0; p < panels.length; p++) {
    const { start, rows } = panelRange(negative, p)
    for (let q = 0; q < panels.length; q++) {
      const other = panelRange(negative, q)
      readBlock(negative, p, q, block)
      for (let r = 0; r < rows; r++)
        band.set(block.subarray(r * other.rows, (r + 1) * other.rows), r * size + other.start)
    }
    for (let r = 0; r < rows; r++) {
      const row = band.subarray(r * size, (r + 1) * size)
      for (let j = 0; j < size; j++) row[j] *= factor[j]
      row[start + r] = 0
      visit(start + r, row)
    }
  }
}
