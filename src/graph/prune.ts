/** @file Prunes the graph as Pixie does (Eksombatchai et al. 2018, section 3.2): diverse collections, then weak edges of popular items. */

import { degree, rowOf } from '../base/csr.ts'
import { buildItemGraph } from './build-graph.ts'
import type { ItemGraph } from './item-graph.ts'

export interface PruneOptions {
  /** δ: an item of degree d keeps ⌈d^δ⌉ edges. 1 keeps all. */
  degreeExponent: number
  /** Share of collections with the highest topic entropy that is dropped. */
  droppedEntropyShare: number
  /** Collections above this size are dropped: they say little and cost much. */
  maxCollectionSize: number
}

/**
 * @param topics topic of each item (0 = unknown, left out of the entropy); without topics only degrees and sizes count
 * @returns a new graph over the same items and collections; dropped collections are empty
 */
export function pruneGraph(graph: ItemGraph, options: PruneOptions, topics?: Uint32Array): ItemGraph {
  const keep = keptCollections(graph, options, topics)
  const similarity = topics ? topicShares(graph, topics) : null
  const collection: number[] = []
  const item: number[] = []
  for (let i = 0; i < graph.items; i++) {
    const edges = Array.from(rowOf(graph.toCollections, i)).filter((c) => keep[c])
    const wanted = Math.ceil(edges.length ** options.degreeExponent)
    if (wanted < edges.length) {
      // Without topics the smallest collections stay: they are the most specific.
      const score = (c: number) => (similarity ? similarity(c, topics![i]!) : -degree(graph.toItems, c))
      edges.sort((a, b) => score(b) - score(a) || a - b)
      edges.length = wanted
    }
    for (const c of edges) {
      collection.push(c)
      item.push(i)
    }
  }
  return buildItemGraph({
    items: graph.items,
    collections: graph.collections,
    collection: Uint32Array.from(collection),
    item: Uint32Array.from(item),
    collectionCode: graph.collectionCode,
  })
}

function keptCollections(graph: ItemGraph, options: PruneOptions, topics?: Uint32Array): Uint8Array {
  const keep = new Uint8Array(graph.collections)
  for (let c = 0; c < graph.collections; c++)
    keep[c] = degree(graph.toItems, c) <= options.maxCollectionSize ? 1 : 0
  if (topics && options.droppedEntropyShare > 0) {
    const entropies = Float64Array.from(keep, (_, c) => topicEntropy(rowOf(graph.toItems, c), topics))
    const sorted = entropies.slice().sort()
    const limit =
      sorted[Math.floor(sorted.length * (1 - options.droppedEntropyShare))] ?? Number.POSITIVE_INFINITY
    for (let c = 0; c < keep.length; c++) if (entropies[c]! > limit) keep[c] = 0
  }
  return keep
}

/** Shannon entropy (nats) of the topics of a collection's items; unknown topics do not count. */
export function topicEntropy(items: Uint32Array, topics: Uint32Array): number {
  const counts = new Map<number, number>()
  let total = 0
  for (const item of items) {
    if (topics[item] === 0) continue
    counts.set(topics[item]!, (counts.get(topics[item]!) ?? 0) + 1)
    total++
  }
  let entropy = 0
  for (const count of counts.values()) entropy -= (count / total) * Math.log(count / total)
  return entropy
}

/** Share of a topic among a collection's items: how similar an item of that topic is to the collection. */
function topicShares(graph: ItemGraph, topics: Uint32Array): (collection: number, topic: number) => number {
  return (collection, topic) => {
    const items = rowOf(graph.toItems, collection)
    let same = 0
    for (const item of items) if (topics[item] === topic) same++
    return items.length === 0 ? 0 : same / items.length
  }
}
