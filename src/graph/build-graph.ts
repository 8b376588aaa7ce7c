/** @file Builds the item–collection graph from edge columns by counting sorts over shared memory. */

import type { Csr } from '../base/csr.ts'
import { sharedUint32 } from '../base/shared.ts'
import type { ItemGraph } from './item-graph.ts'

/** Edges as columns: `collection[k]` holds `item[k]`; repeats are allowed and dropped. */
export interface GraphEdges {
  items: number
  collections: number
  collection: Uint32Array
  item: Uint32Array
  /** Language-and-region code of each collection; all 0 when left out. */
  collectionCode?: Uint32Array
}

/**
 * Four passes over the edges, with one random write per edge and direction: 20 to 40 million edges a second on one thread,
 * by the order in which edges come (`npm run bench -- random-walk`), so threads are not used.
 */
export function buildItemGraph(edges: GraphEdges): ItemGraph {
  const collectionCode = edges.collectionCode ?? sharedUint32(edges.collections)
  const toItems = distinctRows(edges)
  const toCollections = itemsByCode(toItems, collectionCode)
  return { items: edges.items, collections: edges.collections, toCollections, toItems, collectionCode }
}

/** Collections × items; within a collection the items keep their first order. */
function distinctRows({ items, collections, collection, item }: GraphEdges): Csr {
  const count = collection.length
  const offsets = sharedUint32(collections + 1)
  for (let k = 0; k < count; k++) offsets[collection[k]! + 1]!++
  for (let c = 0; c < collections; c++) offsets[c + 1]! += offsets[c]!
  const cursor = offsets.slice(0, collections)
  const targets = new Uint32Array(count)
  for (let k = 0; k < count; k++) targets[cursor[collection[k]!]!++] = item[k]!

  // `lastSeen[i]` is 1 + the latest collection in which item i was kept.
  const lastSeen = new Uint32Array(items)
  let kept = 0
  let start = 0
  for (let c = 0; c < collections; c++) {
    const end = offsets[c + 1]!
    for (let k = start; k < end; k++) {
      const target = targets[k]!
      if (lastSeen[target] === c + 1) continue
      lastSeen[target] = c + 1
      targets[kept++] = target
    }
    start = end
    offsets[c + 1] = kept
  }
  const distinct = sharedUint32(kept)
  distinct.set(targets.subarray(0, kept))
  return { rows: collections, columns: items, offsets, targets: distinct }
}

/** Items × collections; an item's collections are ordered by code, then by number. */
function itemsByCode(toItems: Csr, collectionCode: Uint32Array): Csr {
  const items = toItems.columns
  const offsets = sharedUint32(items + 1)
  for (let k = 0; k < toItems.targets.length; k++) offsets[toItems.targets[k]! + 1]!++
  for (let i = 0; i < items; i++) offsets[i + 1]! += offsets[i]!
  const cursor = offsets.slice(0, items)
  const targets = sharedUint32(toItems.targets.length)
  for (const c of collectionsByCode(collectionCode)) {
    const end = toItems.offsets[c + 1]!
    for (let k = toItems.offsets[c]!; k < end; k++) targets[cursor[toItems.targets[k]!]!++] = c
  }
  return { rows: items, columns: toItems.rows, offsets, targets }
}

/** Collection numbers by code, then number (counting sort). */
function collectionsByCode(codes: Uint32Array): Uint32Array {
  let largest = 0
  for (let c = 0; c < codes.length; c++) if (codes[c]! > largest) largest = codes[c]!
  const starts = new Uint32Array(largest + 2)
  for (let c = 0; c < codes.length; c++) starts[codes[c]! + 1]!++
  for (let code = 0; code <= largest; code++) starts[code + 1]! += starts[code]!
  const order = new Uint32Array(codes.length)
  for (let c = 0; c < codes.length; c++) order[starts[codes[c]!]!++] = c
  return order
}
