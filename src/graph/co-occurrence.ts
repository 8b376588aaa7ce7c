/**
 * @file Co-occurrence of items in collections: for every item the N items that share most collections with it, under a
 * normalisation (Liu et al. 2017, "Related Pins at Pinterest"; Dunning 1993 for the log-likelihood ratio).
 */

import { type Csr, degree } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { WorkerPool } from '../base/worker-pool.ts'
import type { ItemGraph } from './item-graph.ts'
import type { Normalisation } from './normalisation.ts'

export interface CoOccurrenceOptions {
  /** Neighbours kept per item. */
  neighbours: number
  normalisation: Normalisation
  /** A shared collection of size |b| counts |b|^−weighting; 0 counts all alike, 1 is a random walk's weighting. */
  collectionWeighting: number
  /** Larger collections are left out: their pairs cost |b|² and say little. */
  maxCollectionSize: number
}

/** What a worker needs; all arrays are shared. */
export interface CoOccurrenceShared {
  graph: ItemGraph
  options: CoOccurrenceOptions
  collectionWeights: Float32Array
  itemWeights: Float32Array
  totalWeight: number
  /** items × neighbours; the rest of a short row is left at score 0. */
  neighbours: Uint32Array
  scores: Float32Array
  counts: Uint32Array
}

/** Rows of items handed to a worker at a time: small enough to even out popular and rare items. */
const BLOCK = 512

/**
 * @returns items × items, the best neighbours of each item, best first, ties by index; weights are the scores
 */
export async function coOccurrence(
  graph: ItemGraph,
  options: CoOccurrenceOptions,
  threads: number,
): Promise<Csr> {
  const shared = prepareCoOccurrence(graph, options)
  const blocks = Array.from({ length: Math.ceil(graph.items / BLOCK) }, (_, k) => k * BLOCK)
  const pool = new WorkerPool<{ from: number; to: number }, null>(
    workerModule(import.meta.url, './co-occurrence-worker'),
    Math.max(1, Math.min(threads, blocks.length)),
    shared,
  )
  try {
    await pool.runAll(blocks.map((from) => ({ from, to: Math.min(graph.items, from + BLOCK) })))
  } finally {
    await pool.close()
  }
  return compactRows(shared)
}

/** Weights of collections, and of items as the sum of the weights of their collections. */
export function prepareCoOccurrence(graph: ItemGraph, options: CoOccurrenceOptions): CoOccurrenceShared {
  const collectionWeights = sharedFloat32(graph.collections)
  const itemWeights = sharedFloat32(graph.items)
  let totalWeight = 0
  for (let c = 0; c < graph.collections; c++) {
    const size = degree(graph.toItems, c)
    if (size === 0 || size > options.maxCollectionSize) continue
    collectionWeights[c] = options.collectionWeighting === 0 ? 1 : size ** -options.collectionWeighting
    totalWeight += collectionWeights[c]!
    for (let k = graph.toItems.offsets[c]!; k < graph.toItems.offsets[c + 1]!; k++) {
      itemWeights[graph.toItems.targets[k]!]! += collectionWeights[c]!
    }
  }
  const cells = graph.items * options.neighbours
  return {
    graph,
    options,
    collectionWeights,
    itemWeights,
    totalWeight,
    neighbours: sharedUint32(cells),
    scores: sharedFloat32(cells),
    counts: sharedUint32(graph.items),
  }
}

function compactRows({ graph, options, neighbours, scores, counts }: CoOccurrenceShared): Csr {
  const offsets = sharedUint32(graph.items + 1)
  for (let i = 0; i < graph.items; i++) offsets[i + 1] = offsets[i]! + counts[i]!
  const targets = sharedUint32(offsets[graph.items]!)
  const weights = sharedFloat32(targets.length)
  for (let i = 0; i < graph.items; i++) {
    const start = i * options.neighbours
    targets.set(neighbours.subarray(start, start + counts[i]!), offsets[i]!)
    weights.set(scores.subarray(start, start + counts[i]!), offsets[i]!)
  }
  return { rows: graph.items, columns: graph.items, offsets, targets, weights }
}
