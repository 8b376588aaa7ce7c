/** @file Lists of rows from several threads as one. */

import type { Neighbours } from './neighbours.ts'

/** @param lists each best first, ties to the smaller row, no row in two of them; @returns the best k of all */
export function mergeNeighbours(lists: readonly Neighbours[], k: number): Neighbours {
  const [{ items, scores }, ...others] = lists
  const first = { items: items.subarray(0, k), scores: scores.subarray(0, k) }
  return others.reduce((merged, list) => mergeTwo(merged, list, k), first)
}

function mergeTwo(a: Neighbours, b: Neighbours, k: number): Neighbours {
  const [lengthA, lengthB] = [a.items.length, b.items.length]
  if (lengthA === 0) return b
  if (lengthB === 0) return a
  const size = Math.min(k, lengthA + lengthB)
  const items = new Uint32Array(size)
  const scores = new Float32Array(size)
  let [n, i, j] = [0, 0, 0]
  let [scoreA, scoreB] = [a.scores[0], b.scores[0]]
  while (n < size) {
    if (scoreA > scoreB || (scoreA === scoreB && a.items[i] < b.items[j])) {
      items[n] = a.items[i]
      scores[n++] = scoreA
      if (++i === lengthA) break
      scoreA = a.scores[i]
    } else {
      items[n] = b.items[j]
      scores[n++] = scoreB
      if (++j === lengthB) break
      scoreB = b.scores[j]
    }
  }
  const [rest, from] = i < lengthA ? [a, i] : [b, j]
  items.set(rest.items.subarray(from, from + size - n), n)
  scores.set(rest.scores.subarray(from, from + size - n), n)
  return { items, scores }
}
