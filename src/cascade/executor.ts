/** @file Who runs cascades: this thread, or a pool of workers (src/server/pool-executor.ts). */

import type { Happened } from '../ranking/counters/live-counters.ts'
import type { LiveItem } from '../sources/source.ts'
import type { Attributes } from '../store/records.ts'
import type { CascadeRequest, CascadeResult } from './cascade.ts'

/** A found item and how well it matches, for text search. */
export interface SearchHits {
  items: Uint32Array
  scores: Float32Array
}

/** What the stages after the sources must know of an item that was added or changed after the snapshot. */
export interface ItemChange {
  index: number
  hidden: boolean
  attributes: Attributes
}

export interface Executor {
  run(cascade: CascadeRequest): Promise<CascadeResult>
  search(query: string, limit: number): Promise<SearchHits>
  /** Shows new items to the sources that can propose them. */
  addItems(items: readonly LiveItem[]): Promise<void>
  /** Tells other words of items that are known, by the snapshot or since. */
  rewordItems(items: readonly LiveItem[]): Promise<void>
  /** Filters of all later requests see these. */
  changeItems(changes: readonly ItemChange[]): Promise<void>
  /** Counts for all later requests; in order, so that whoever answers counted the same. */
  count(happened: readonly Happened[]): Promise<void>
  close(): Promise<void>
}
