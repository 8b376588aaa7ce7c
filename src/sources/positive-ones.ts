/** @file What a search over vectors proposes: only items that point the same way as the query. */

import type { Candidates } from './candidates.ts'

/** A score of 0 is an item without a vector, or a query without one. @param found best first */
export function positiveOnes({ items, scores }: Candidates): Candidates {
  let kept = 0
  while (kept < scores.length && scores[kept]! > 0) kept++
  return { items: items.slice(0, kept), scores: scores.slice(0, kept) }
}
