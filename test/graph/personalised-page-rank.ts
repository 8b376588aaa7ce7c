/** @file The slow, exact reference of a random walk: personalised PageRank by dense sums. */

import { rowOf } from '../../src/base/csr.ts'
import type { ItemGraph } from '../../src/graph/item-graph.ts'

/**
 * Share of steps that end at each item when a walker goes back to the query with probability α before each step:
 * α · Σ_k (1 − α)^k e_q P^(k+1), where P is item → collection → item.
 */
export function expectedVisits(
  graph: ItemGraph,
  query: number,
  restartProbability: number,
  bias?: { code: number; probability: number },
): Float64Array {
  const expected = new Float64Array(graph.items)
  let place = new Float64Array(graph.items)
  place[query] = 1
  for (let share = restartProbability; share > 1e-12; share *= 1 - restartProbability) {
    place = step(graph, place, bias)
    for (let item = 0; item < graph.items; item++) expected[item]! += share * place[item]!
  }
  return expected
}

function step(graph: ItemGraph, place: Float64Array, bias?: { code: number; probability: number }) {
  const next = new Float64Array(graph.items)
  for (let item = 0; item < graph.items; item++) {
    if (place[item] === 0) continue
    const collections = [...rowOf(graph.toCollections, item)]
    const own = collections.filter((c) => graph.collectionCode[c] === bias?.code)
    const kept = bias && own.length > 0 ? bias.probability : 0
    const spread = (to: number[], share: number) => {
      for (const c of to) {
        const members = rowOf(graph.toItems, c)
        for (const member of members) next[member]! += (place[item]! * share) / to.length / members.length
      }
    }
    spread(collections, 1 - kept)
    if (kept > 0) spread(own, kept)
  }
  return next
}
