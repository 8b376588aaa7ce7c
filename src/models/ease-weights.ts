/** @file The weights B of EASE out of −P, dense or the strongest of each row, and how they score. */

import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { topK } from '../base/top-k.ts'
import { entryOf, panelRange, readBlock, type SymmetricPanels } from './symmetric-panels.ts'

/** B over the items that were fitted; position p of the weights is item `items[p]` of the catalogue, ascending. */
export interface EaseWeights {
  items: Uint32Array
  /** Number of items in the catalogue. */
  catalogue: number
  /** Fitted × fitted, row-major, when `keep` is `all`. */
  dense: Float32Array | null
  /** Fitted × fitted, targets of a row ascending, otherwise. */
  sparse: Csr | null
}

/** Factors of B_ij by i and by j. */
export interface WeightScale {
  query: Float64Array
  target: Float64Array
}

/** @param negative −P; @returns B, size × size, row-major, zero diagonal */
export function denseWeights(negative: SymmetricPanels, scale: WeightScale): Float32Array {
  const dense = sharedFloat32(negative.size ** 2)
  eachRow(negative, scale, (item, row) => dense.set(row, item * negative.size))
  return dense
}

/** @returns B with the `keep` weights of largest magnitude in each row; targets ascend */
export function strongestWeights(negative: SymmetricPanels, scale: WeightScale, keep: number): Csr {
  const { size } = negative
  const width = Math.min(keep, Math.max(0, size - 1))
  const offsets = sharedUint32(size + 1)
  const targets = new Uint32Array(size * width)
  const weights = new Float32Array(size * width)
  const strength = new Float32Array(size)
  let at = 0
  eachRow(negative, scale, (item, row) => {
    for (let j = 0; j < size; j++) strength[j] = row[j] === 0 ? Number.NEGATIVE_INFINITY : Math.abs(row[j])
    const kept = topK(strength, width).sort()
    targets.set(kept, at)
    for (const j of kept) weights[at++] = row[j]
    offsets[item + 1] = at
  })
  const sharedTargets = sharedUint32(at)
  sharedTargets.set(targets.subarray(0, at))
  const sharedWeights = sharedFloat32(at)
  sharedWeights.set(weights.subarray(0, at))
  return { rows: size, columns: size, offsets, targets: sharedTargets, weights: sharedWeights }
}

/**
 * Visits `weight` times the row of a query item: (catalogue index, value), other than zero, ascending.
 *
 * @param item catalogue index; an item that was not fitted has no weights
 */
export function eachWeight(
  { items, dense, sparse }: EaseWeights,
  item: number,
  weight: number,
  visit: (item: number, value: number) => void,
): void {
  const row = positionOf(items, item)
  if (row < 0) return
  if (sparse) {
    for (let k = sparse.offsets[row]; k < sparse.offsets[row + 1]; k++)
      visit(items[sparse.targets[k]], weight * sparse.weights![k])
  } else if (dense) {
    const start = row * items.length
    for (let j = 0; j < items.length; j++) if (j !== row) visit(items[j], weight * dense[start + j])
  }
}

/** @returns place of the item in ascending `items`, or -1 */
function positionOf(items: Uint32Array, item: number): number {
  let low = 0
  let high = items.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (items[middle] === item) return middle
    if (items[middle] < item) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Visits the rows of B in order; the row is reused. −P_ij / P_jj = (−P)_ij / −(−P)_jj. */
function eachRow(
  negative: SymmetricPanels,
  scale: WeightScale,
  visit: (item: number, row: Float32Array) => void,
): void {
  const { size, panels, height } = negative
  const factor = Float64Array.from({ length: size }, (_, j) => -scale.target[j] / entryOf(negative, j, j))
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
      for (let j = 0; j < size; j++) row[j] *= factor[j] * scale.query[start + r]
      row[start + r] = 0
      visit(start + r, row)
    }
  }
}
