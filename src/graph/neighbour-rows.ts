/** @file One item's neighbours: counts over its collections' items, scored, the best kept. */

import type { CoOccurrenceShared } from './co-occurrence.ts'
import { scoreOf } from './normalisation.ts'

/** Collections whose items are fetched ahead: enough that their cache misses overlap, few enough to stay cached. */
const AHEAD = 32

/** @returns a function that writes the neighbours of one item into the shared rows */
export function neighbourRows(shared: CoOccurrenceShared): (item: number) => void {
  const { graph, options, collectionWeights, itemWeights, totalWeight } = shared
  const { toCollections, toItems } = graph
  const score = scoreOf(options.normalisation)
  const counts = new Float64Array(graph.items)
  const touched = new Uint32Array(graph.items)
  const starts = new Uint32Array(AHEAD)
  const ends = new Uint32Array(AHEAD)
  const weights = new Float64Array(AHEAD)
  const fetched = new Uint32Array(1)
  const heapItems = new Uint32Array(options.neighbours)
  const heapScores = new Float64Array(options.neighbours)

  return (query) => {
    let found = 0
    const last = toCollections.offsets[query + 1]
    for (let e = toCollections.offsets[query]; e < last; e += AHEAD) {
      const ahead = fetchAhead(e, Math.min(last, e + AHEAD))
      for (let a = 0; a < ahead; a++) {
        const end = ends[a]
        const weight = weights[a]
        for (let k = starts[a]; k < end; k++) {
          const item = toItems.targets[k]
          if (counts[item] === 0) touched[found++] = item
          counts[item] += weight
        }
      }
    }
    let size = 0
    for (let t = 0; t < found; t++) {
      const item = touched[t]!
      const count = counts[item]!
      counts[item] = 0
      if (item === query) continue
      const value = score(count, itemWeights[query]!, itemWeights[item]!, totalWeight)
      if (!(value > 0)) continue
      if (size < options.neighbours) {
        size++
        siftUp(heapItems, heapScores, size - 1, item, value)
      } else if (value > heapScores[0]! || (value === heapScores[0] && item < heapItems[0]!)) {
        siftDown(heapItems, heapScores, size, item, value)
      }
    }
    const start = query * options.neighbours
    shared.counts[query] = size
    for (let left = size; left > 0; left--) {
      shared.neighbours[start + left - 1] = heapItems[0]!
      shared.scores[start + left - 1] = heapScores[0]!
      siftDown(heapItems, heapScores, left - 1, heapItems[left - 1]!, heapScores[left - 1]!)
    }
  }

  /**
   * Looks up where the items of some collections stand and touches them. Each is a miss in every cache, but none waits
   * for another here, as they would between the unpredictable ends of the loops over items.
   *
   * @returns how many of the collections count
   */
  function fetchAhead(from: number, to: number): number {
    let ahead = 0
    let sum = 0
    for (let e = from; e < to; e++) {
      const collection = toCollections.targets[e]
      const weight = collectionWeights[collection]
      if (weight === 0) continue
      const start = toItems.offsets[collection]
      const end = toItems.offsets[collection + 1]
      sum += toItems.targets[start] + toItems.targets[end - 1]
      starts[ahead] = start
      ends[ahead] = end
      weights[ahead++] = weight
    }
    // Kept, so that the reads are not optimised away.
    fetched[0] = sum
    return ahead
  }
}

/** The root is the weakest kept: the lowest score, among equals the largest index. */
function weaker(scoreA: number, itemA: number, scoreB: number, itemB: number): boolean {
  return scoreA < scoreB || (scoreA === scoreB && itemA > itemB)
}

function siftUp(items: Uint32Array, scores: Float64Array, at: number, item: number, score: number): void {
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!weaker(score, item, scores[parent]!, items[parent]!)) break
    items[at] = items[parent]!
    scores[at] = scores[parent]!
    at = parent
  }
  items[at] = item
  scores[at] = score
}

function siftDown(items: Uint32Array, scores: Float64Array, size: number, item: number, score: number): void {
  let at = 0
  for (let child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && weaker(scores[child + 1]!, items[child + 1]!, scores[child]!, items[child]!))
      child++
    if (!weaker(scores[child]!, items[child]!, score, item)) break
    items[at] = items[child]!
    scores[at] = scores[child]!
    at = child
  }
  items[at] = item
  scores[at] = score
}
