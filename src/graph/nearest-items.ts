/** @file Whom each item is with most often: few neighbours of each, for what looks around an item. */

import type { Csr } from '../base/csr.ts'
import { coOccurrence } from './co-occurrence.ts'
import type { ItemGraph } from './item-graph.ts'

/** Half-way between confidence and cosine, as the source `co-occurrence` has it. */
const NORMALISATION = { kind: 'power', query: 0.5, item: 0.3, shrinkage: 0 } as const
const MAX_COLLECTION_SIZE = 5000

/** @returns items × items, best first, ties by index, with positive weights */
export function nearestItems(graph: ItemGraph, neighbours: number, threads: number): Promise<Csr> {
  const options = {
    neighbours,
    normalisation: NORMALISATION,
    collectionWeighting: 1,
    maxCollectionSize: MAX_COLLECTION_SIZE,
  }
  return coOccurrence(graph, options, threads)
}
