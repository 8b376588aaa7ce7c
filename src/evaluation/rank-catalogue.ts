/** @file A baseline's ranking of the whole catalogue for a task. */

import { topK } from '../base/top-k.ts'
import type { CatalogueRanker } from './baselines/baseline.ts'
import { type EvaluationTasks, listOf, seedOf } from './tasks.ts'

/**
 * The catalogue in a baseline's order, without seen items and what the protocol does not rank.
 *
 * @param scores scratch, one per item
 * @returns at most `depth` items, best first
 */
export function rankCatalogue(
  ranker: CatalogueRanker,
  tasks: EvaluationTasks,
  task: number,
  seed: number,
  scores: Float32Array,
  depth: number,
): Uint32Array {
  ranker.score({ known: knownItems(tasks, task), seed: seedOf(task, seed) }, scores)
  for (let item = 0; item < scores.length; item++) {
    if (tasks.eligible[item] === 0) scores[item] = Number.NEGATIVE_INFINITY
  }
  for (const item of listOf(tasks.seen, task)) scores[item] = Number.NEGATIVE_INFINITY
  return ranker.best?.(scores, depth) ?? topK(scores, depth)
}

/** The page's item alone, or a user's whole history: baselines see no shortened query. */
function knownItems(tasks: EvaluationTasks, task: number): Uint32Array {
  const query = listOf(tasks.query, task)
  if (tasks.surface === 'related') return query.slice(-1)
  const seen = listOf(tasks.seen, task)
  return seen.length > 0 ? seen : query.slice().sort()
}
