/** @file All items scored by the mixture: the reference of every quicker search, and what training is judged by. */

import { topK } from '../../base/top-k.ts'
import type { Neighbours } from '../../vectors/neighbours.ts'
import { type Mixture, MixtureScorer } from './scorer.ts'
import { type Side, type Sides, sideAt } from './sides.ts'

/** Puts all items, each at its row. */
export function openScorer(mixture: Mixture, items: Sides): MixtureScorer {
  const scorer = new MixtureScorer(mixture, items.vectors.count)
  for (let item = 0; item < items.vectors.count; item++) scorer.put(item, sideAt(items, item))
  return scorer
}

/** The k best items by their scores, ties to the smaller one. */
export function bestOfAll(
  scorer: MixtureScorer,
  user: Side,
  items: Uint32Array,
  k: number,
  scores = new Float32Array(items.length),
): Neighbours {
  scorer.score(user, items, scores)
  const best = topK(scores, k)
  return { items: best.map((n) => items[n]!), scores: Float32Array.from(best, (n) => scores[n]!) }
}
