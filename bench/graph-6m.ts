/** @file A seeded graph of the size of a large shop: Zipf popularity, planted topics, ids without order. */

import { createRandom, type Random, shuffle } from '../src/base/random.ts'
import { sharedUint32 } from '../src/base/shared.ts'
import type { GraphEdges } from '../src/graph/build-graph.ts'

export interface GraphSize {
  items: number
  collections: number
  edges: number
  topics: number
}

export const SIX_MILLION: GraphSize = {
  items: 150_000,
  collections: 1_200_000,
  edges: 6_000_000,
  topics: 300,
}
/** For a quick look. */
export const SMALL: GraphSize = { items: 15_000, collections: 100_000, edges: 500_000, topics: 100 }

/** Four of five items of a collection are of its topic, the fifth is anything. */
const OWN_TOPIC = 0.8

/**
 * Collections of 1 to 9 items on average half-way between, in order of their numbers as a log would bring them. Within a
 * topic, and over all, the item of popularity rank r is drawn with a probability ∝ 1/r.
 *
 * @returns edges, about `size.edges` of them distinct, and the topic of each item (from 1)
 */
export function graphEdges(size: GraphSize, seed: number): GraphEdges & { topic: Uint32Array } {
  const { items, collections, topics } = size
  const random = createRandom(seed)
  const names = shuffle(
    Uint32Array.from({ length: items }, (_, k) => k),
    random,
  )
  const perTopic = Math.floor(items / topics)
  const mean = size.edges / collections
  const collection = sharedUint32(size.edges)
  const item = sharedUint32(size.edges)
  let at = 0
  for (let c = 0; c < collections && at < size.edges; c++) {
    const own = zipfRank(random, topics)
    const wanted = c === collections - 1 ? size.edges - at : 1 + random.below(Math.round(2 * mean - 1))
    const end = Math.min(size.edges, at + wanted)
    for (; at < end; at++) {
      // Popularity rank r of topic t is the item r·topics + t, so that every topic has popular and rare items.
      const topic = random.float() < OWN_TOPIC ? own : random.below(topics)
      collection[at] = c
      item[at] = names[zipfRank(random, perTopic) * topics + topic]!
    }
  }
  const topic = new Uint32Array(items)
  for (let k = 0; k < items; k++) topic[names[k]!] = 1 + (k % topics)
  return { items, collections, collection: collection.subarray(0, at), item: item.subarray(0, at), topic }
}

/** A rank from 0 with probability about ∝ 1/(rank + 1). */
function zipfRank(random: Random, count: number): number {
  return Math.min(count - 1, Math.floor((count + 1) ** random.float()) - 1)
}
