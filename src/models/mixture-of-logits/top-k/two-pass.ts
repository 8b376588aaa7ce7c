/**
 * @file The exact top-k of a mixture without scoring all items (Ding and Zhai 2024, section 4.1).
 *
 * Shares sum to 1, so no score is above the largest of an item's logits; and the towers' own product is a sum of the products
 * of like-numbered vectors with weights of 1 or less together, so above 0 it is below the largest of them. The k-th best score
 * among some items bounds the k-th best of all from below: whoever has no pair of vectors as near as that is not among them.
 */

import type { Neighbours } from '../../../vectors/neighbours.ts'
import { bestOfAll } from '../exhaustive.ts'
import type { MixtureScorer } from '../scorer.ts'
import type { Side } from '../sides.ts'
import { perEmbedding } from './candidates.ts'
import type { ComponentTables } from './component-tables.ts'

export interface ExactFound extends Neighbours {
  /** Items that the mixture scored, of both passes. */
  scored: number
}

/** Scores are sums of float32 in another order than the products of the tables. */
const ROUNDING = 1e-5
/** So many times as many rows are asked for while all of them are above the bound. */
const GROWTH = 4

/**
 * @param tables of float32: rounded rows would break the bound
 * @param first items a pair of vectors in the first pass
 */
export function exactTopK(
  tables: ComponentTables,
  scorer: MixtureScorer,
  temperature: number,
  user: Side,
  k: number,
  first: number,
): ExactFound {
  const some = perEmbedding(tables, user.vectors, Math.max(first, 1))
  const best = bestOfAll(scorer, user, some, k)
  const least = best.items.length < Math.min(k, tables.items) ? -Infinity : best.scores.at(-1)!
  const bound = least * temperature - ROUNDING
  // Below 0 the towers' product may be larger than all others.
  const open = itemsAbove(tables, user.vectors, bound > 0 ? bound : -Infinity, Math.max(first, 1))
  const found = bestOfAll(scorer, user, open, k)
  return { ...found, scored: some.length + open.length }
}

/** All items with a product of at least `bound` between one of their vectors and one of the user's, ascending. */
function itemsAbove(tables: ComponentTables, user: Float32Array, bound: number, from: number): Uint32Array {
  const isOpen = new Uint8Array(tables.items)
  let count = 0
  for (let m = 0; m < tables.vectors; m++) {
    for (let n = Math.min(from, tables.items); ; n = Math.min(GROWTH * n, tables.items)) {
      const found = tables.nearest(m, user, n)
      const isDone = n === tables.items || found.every(({ scores }) => scores.at(-1)! < bound)
      if (!isDone) continue
      for (const { items, scores } of found) {
        for (let r = 0; r < items.length && scores[r]! >= bound; r++) {
          count += 1 - isOpen[items[r]!]!
          isOpen[items[r]!] = 1
        }
      }
      break
    }
  }
  const open = new Uint32Array(count)
  for (let item = 0, at = 0; item < isOpen.length; item++) if (isOpen[item] === 1) open[at++] = item
  return open
}
