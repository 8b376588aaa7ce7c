/** @file The bipartite item–collection graph as compressed sparse rows both ways, over shared memory. */

import type { Csr } from '../base/csr.ts'

/**
 * Collections are boards, baskets, sessions or, where a dataset has none, the users' sets of positive items.
 * `toCollections` is items × collections, `toItems` collections × items; they hold the same edges.
 */
export interface ItemGraph {
  readonly items: number
  readonly collections: number
  readonly toCollections: Csr
  readonly toItems: Csr
  /**
   * Edge bias: edges of an item are sorted by the language-and-region code of the collection, so that a code's edges
   * are contiguous. Code of each collection; 0 = unknown.
   */
  readonly collectionCode: Uint32Array
}
