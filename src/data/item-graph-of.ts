/** @file The item–collection graph of a dataset: what counts as a collection when it has none. */

import { sharedUint32 } from '../base/shared.ts'
import { buildItemGraph, type GraphEdges } from '../graph/build-graph.ts'
import type { ItemGraph } from '../graph/item-graph.ts'
import type { Dataset } from './dataset.ts'

/**
 * Collections and users' histories make the graph together, so that an item is reached through boards and through
 * people. Where visitors are only known within a session, each session is a user already.
 */
export function itemGraphOf(dataset: Dataset): ItemGraph {
  const { collections, interactions } = dataset
  const boards = collections?.rows ?? 0
  const boardEdges = collections?.targets.length ?? 0
  const owners = dataset.users.users.ids.length

  const collection = new Uint32Array(boardEdges + interactions.length)
  const item = new Uint32Array(boardEdges + interactions.length)
  const collectionCode = sharedUint32(boards + owners)
  for (let c = 0; c < boards; c++) collection.fill(c, collections!.offsets[c]!, collections!.offsets[c + 1]!)
  if (collections) item.set(collections.targets)
  for (let k = 0; k < interactions.length; k++) {
    collection[boardEdges + k] = boards + interactions.user[k]!
    collectionCode[boards + interactions.user[k]!] = dataset.users.region.codes[interactions.user[k]!]!
  }
  item.set(interactions.item.subarray(0, interactions.length), boardEdges)
  const edges: GraphEdges = {
    items: dataset.catalog.items.ids.length,
    collections: boards + owners,
    collection,
    item,
    collectionCode,
  }
  return buildItemGraph(edges)
}
