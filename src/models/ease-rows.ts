/** @file The rows that EASE learns from: collections and histories, items with support, rows counted by their length. */

import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import type { Dataset } from '../data/dataset.ts'
import { historiesOf } from '../data/histories.ts'
import type { ItemGraph } from '../graph/item-graph.ts'

const DAY_MS = 86_400_000

/**
 * Collections and users × items.
 *
 * @param halfLifeDays an interaction's weight halves with every such age at the dataset's end; null (or a dataset
 *   without times) counts all alike. Collections have no times and keep weight 1.
 */
export function easeRows(dataset: Dataset, graph: ItemGraph, halfLifeDays: number | null): Csr {
  if (halfLifeDays === null || !dataset.interactions.time) return graph.toItems
  const { collections, interactions, now } = dataset
  const items = dataset.catalog.items.ids.length
  const histories = historiesOf(interactions, dataset.users.users.ids.length, items)
  const boards = collections?.rows ?? 0
  const boardEdges = collections?.targets.length ?? 0
  const offsets = sharedUint32(boards + histories.rows + 1)
  const targets = sharedUint32(boardEdges + histories.targets.length)
  const weights = sharedFloat32(targets.length).fill(1)
  if (collections) {
    offsets.set(collections.offsets)
    targets.set(collections.targets)
  }
  targets.set(histories.targets, boardEdges)
  for (let u = 0; u < histories.rows; u++) offsets[boards + u + 1] = boardEdges + histories.offsets[u + 1]
  histories.times!.forEach((time, k) => {
    weights[boardEdges + k] = 2 ** (-Math.max(0, now - time) / (halfLifeDays * DAY_MS))
  })
  return { rows: boards + histories.rows, columns: items, offsets, targets, weights }
}

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
