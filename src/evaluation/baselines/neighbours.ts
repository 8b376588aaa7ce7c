/** @file Counts of items that share users (or sessions), and the k strongest neighbours of every item. */

import { type Csr, rowOf, transpose } from '../../base/csr.ts'
import { type NumericArray, sharedFloat32, sharedUint32 } from '../../base/shared.ts'
import { topK } from '../../base/top-k.ts'
import type { CatalogueRanker } from './baseline.ts'

/** Picks the positions of the k highest of some positive scores; `found` are the items that have them, ascending. */
export type Selection = (scores: Float32Array, found: Uint32Array, k: number) => Uint32Array

/** Turns the co-occurrence count of a pair into its similarity, 0 for no neighbour. */
export type Similarity = (count: number, item: number, neighbour: number) => number

/**
 * The k most similar items of each item, similarity > 0.
 *
 * @param matrix rows (users, sessions) × items, distinct
 * @param select which of equally similar items stay
 * @returns `offsets`, `targets`, `weights` of an item × item matrix; targets of a row ascend
 */
export function neighbours(
  matrix: Csr,
  k: number,
  similarity: Similarity,
  select: Selection = (scores, _found, count) => topK(scores, count),
): Record<string, NumericArray> {
  const items = matrix.columns
  const users = transpose(matrix)
  const counts = new Float32Array(items)
  const touched = new Uint32Array(items)
  const offsets = sharedUint32(items + 1)
  const rows: { targets: Uint32Array; weights: Float32Array }[] = []
  for (let item = 0; item < items; item++) {
    let size = 0
    for (const user of rowOf(users, item)) {
      for (const other of rowOf(matrix, user)) {
        if (other === item) continue
        if (counts[other]!++ === 0) touched[size++] = other
      }
    }
    const found = touched.subarray(0, size).sort()
    const scores = Float32Array.from(found, (other) => similarity(counts[other]!, item, other))
    const best = select(scores, found, k).sort()
    rows.push({
      targets: Uint32Array.from(best, (at) => found[at]!),
      weights: Float32Array.from(best, (at) => scores[at]!),
    })
    for (const other of found) counts[other] = 0
    offsets[item + 1] = offsets[item]! + best.length
  }
  const targets = sharedUint32(offsets[items]!)
  const weights = sharedFloat32(offsets[items]!)
  rows.forEach((row, item) => {
    targets.set(row.targets, offsets[item]!)
    weights.set(row.weights, offsets[item]!)
  })
  return { offsets, targets, weights }
}

/** Scores items by the sum of their similarities to the known items. */
export function neighbourScorer(
  arrays: Record<string, NumericArray>,
  missing: number,
): CatalogueRanker['score'] {
  const { offsets, targets, weights } = arrays as {
    offsets: Uint32Array
    targets: Uint32Array
    weights: Float32Array
  }
  return ({ known }, scores) => {
    scores.fill(missing)
    for (const item of known) {
      for (let at = offsets[item]!; at < offsets[item + 1]!; at++) {
        const target = targets[at]!
        scores[target] = (scores[target] === missing ? 0 : scores[target]!) + weights[at]!
      }
    }
  }
}
