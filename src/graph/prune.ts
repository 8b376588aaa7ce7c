/**
 * @file Prunes the graph as Pixie does (Eksombatchai et al. 2018, section 3.2): collections about everything go, then the
 * weak edges of popular items.
 */

import { degree } from '../base/csr.ts'
import { buildItemGraph } from './build-graph.ts'
import type { ItemGraph } from './item-graph.ts'

export interface PruneOptions {
  /** δ: an item of degree d keeps ⌈d^δ⌉ edges. 1 keeps all. */
  degreeExponent: number
  /** Of the collections, the share with the highest topic entropy is dropped (fewer where entropies are equal). */
  droppedEntropyShare: number
  /** Collections above this size are dropped: they say little and cost much. */
  maxCollectionSize: number
}

/**
 * @param topics topic of each item (0 = unknown, left out of the entropy); without topics only degrees and sizes count
 * @returns a new graph over the same items and collections; dropped collections are empty
 */
export function pruneGraph(graph: ItemGraph, options: PruneOptions, topics?: Uint32Array): ItemGraph {
  const kept = keptCollections(graph, options, topics)
  const keptEdges = strongEdges(graph, kept, options.degreeExponent, topics)
  const { offsets, targets } = graph.toItems
  let count = 0
  for (let k = 0; k < keptEdges.length; k++) count += keptEdges[k]!
  const collection = new Uint32Array(count)
  const item = new Uint32Array(count)
  let at = 0
  for (let c = 0; c < graph.collections; c++) {
    for (let k = offsets[c]!; k < offsets[c + 1]!; k++) {
      if (keptEdges[k] === 0) continue
      collection[at] = c
      item[at++] = targets[k]!
    }
  }
  const { items, collections, collectionCode } = graph
  return buildItemGraph({ items, collections, collection, item, collectionCode })
}

/** 1 for every collection that stays. */
function keptCollections(graph: ItemGraph, options: PruneOptions, topics?: Uint32Array): Uint8Array {
  const kept = new Uint8Array(graph.collections)
  for (let c = 0; c < graph.collections; c++) {
    const size = degree(graph.toItems, c)
    kept[c] = size > 0 && size <= options.maxCollectionSize ? 1 : 0
  }
  if (topics && options.droppedEntropyShare > 0) {
    const entropies = topicEntropies(graph, topics)
    const ascending = entropies.filter((_, c) => kept[c] === 1).sort()
    const last = ascending.length - Math.floor(ascending.length * options.droppedEntropyShare) - 1
    const limit = last < 0 ? Number.NEGATIVE_INFINITY : ascending[last]!
    for (let c = 0; c < kept.length; c++) if (entropies[c]! > limit) kept[c] = 0
  }
  return kept
}

/** Shannon entropy (nats) of the topics of each collection's items; unknown topics do not count. */
export function topicEntropies({ toItems, collections }: ItemGraph, topics: Uint32Array): Float64Array {
  const counts = topicCounter(topics)
  const entropies = new Float64Array(collections)
  for (let c = 0; c < collections; c++) {
    const start = toItems.offsets[c]!
    const end = toItems.offsets[c + 1]!
    let known = 0
    for (let k = start; k < end; k++) {
      const topic = topics[toItems.targets[k]!]!
      if (topic === 0) continue
      counts[topic]!++
      known++
    }
    let entropy = 0
    for (let k = start; k < end; k++) {
      const topic = topics[toItems.targets[k]!]!
      const count = counts[topic]!
      if (topic === 0 || count === 0) continue
      entropy -= (count / known) * Math.log(count / known)
      counts[topic] = 0
    }
    entropies[c] = entropy
  }
  return entropies
}

/** 1 for every edge (collection by collection) that stays; of equally strong edges those of the first collections. */
function strongEdges(
  graph: ItemGraph,
  kept: Uint8Array,
  degreeExponent: number,
  topics?: Uint32Array,
): Uint8Array {
  const { toItems, items, collections } = graph
  const keptEdges = new Uint8Array(toItems.targets.length)
  const degrees = new Uint32Array(items)
  for (let c = 0; c < collections; c++) {
    if (kept[c] === 0) continue
    for (let k = toItems.offsets[c]!; k < toItems.offsets[c + 1]!; k++) {
      keptEdges[k] = 1
      degrees[toItems.targets[k]!]!++
    }
  }
  if (degreeExponent >= 1) return keptEdges
  const strengths = edgeStrengths(graph, kept, topics)
  const starts = new Uint32Array(items + 1)
  for (let i = 0; i < items; i++) starts[i + 1] = starts[i]! + degrees[i]!
  const edges = edgesByItem(toItems.targets, keptEdges, starts)
  for (let i = 0; i < items; i++) {
    const wanted = Math.ceil(degrees[i]! ** degreeExponent)
    if (wanted >= degrees[i]!) continue
    const own = edges.subarray(starts[i]!, starts[i + 1]!)
    const ascending = Float32Array.from(own, (edge) => strengths[edge]!).sort()
    const weakest = ascending[ascending.length - wanted]!
    let equal = wanted
    for (let k = ascending.length - 1; k >= 0 && ascending[k]! > weakest; k--) equal--
    for (const edge of own) {
      if (strengths[edge]! > weakest) continue
      if (strengths[edge] === weakest && equal > 0) equal--
      else keptEdges[edge] = 0
    }
  }
  return keptEdges
}

/**
 * How much a collection is about an edge's item: the share of its items that have the item's topic. Where topics are
 * unknown, small collections count as more about each of their items.
 */
function edgeStrengths({ toItems, collections }: ItemGraph, kept: Uint8Array, topics?: Uint32Array) {
  const { offsets, targets } = toItems
  const counts = topics ? topicCounter(topics) : null
  const strengths = new Float32Array(targets.length)
  for (let c = 0; c < collections; c++) {
    if (kept[c] === 0) continue
    const start = offsets[c]!
    const end = offsets[c + 1]!
    if (counts) for (let k = start; k < end; k++) counts[topics![targets[k]!]!]!++
    for (let k = start; k < end; k++) {
      const topic = topics ? topics[targets[k]!]! : 0
      strengths[k] = topic === 0 ? -(end - start) : counts![topic]! / (end - start)
    }
    if (counts) for (let k = start; k < end; k++) counts[topics![targets[k]!]!] = 0
  }
  return strengths
}

/** Edges of each item, ascending. */
function edgesByItem(targets: Uint32Array, keptEdges: Uint8Array, starts: Uint32Array): Uint32Array {
  const edges = new Uint32Array(starts.at(-1)!)
  const cursor = starts.slice(0, -1)
  for (let k = 0; k < targets.length; k++) if (keptEdges[k] === 1) edges[cursor[targets[k]!]!++] = k
  return edges
}

/** A zero for every topic. */
function topicCounter(topics: Uint32Array): Uint32Array {
  let largest = 0
  for (let i = 0; i < topics.length; i++) if (topics[i]! > largest) largest = topics[i]!
  return new Uint32Array(largest + 1)
}
