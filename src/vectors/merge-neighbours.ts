/** @file Lists of rows from several threads as one. */

import type { Neighbours } from './neighbours.ts'

/** @param lists each best first, ties to the smaller row, no row in two of them; @returns the best k of all */
export function mergeNeighbours(lists: readonly Neighbours[], k: number): Neighbours {
  const [{ items, scores }, ...others] = lists
  const first = { items: items.subarray(0, k), scores: scores.subarray(0, k) }
  return others.reduce((merged, list) => mergeTwo(merged, list, k), first)
}

function mergeTwo(a: Neighbours, b: Neighbours, k: number): Neighbours {
  const size = Math.min(k, a.items.length + b.items.length)
  const items = new Uint32Array(size)
  const scores = new Float32Array(size)
  for (let n = 0, i = 0, j = 0; n < size; n++) {
    const scoreA = i < a.items.length ? a.scores[i] : Number.NEGATIVE_INFINITY
    const scoreB = j < b.items.length ? b.scores[j] : Number.NEGATIVE_INFINITY
    if (scoreA > scoreB || (scoreA === scoreB && a.items[i] < b.items[j])) {
      items[n] = a.items[i++]
      scores[n] = scoreA
    } else {
      items[n] = b.items[j++]
      scores[n] = scoreB
    }
  }
  return { items, scores }
}
