/** @file Who runs cascades: this thread, or a pool of workers (src/server/pool-executor.ts). */

import type { LiveItem } from '../sources/source.ts'
import type { CascadeRequest, CascadeResult } from './cascade.ts'

/** A found item and how well it matches, for text search. */
export interface SearchHits {
  items: Uint32Array
  scores: Float32Array
}

export interface Executor {
  run(cascade: CascadeRequest): Promise<CascadeResult>
  search(query: string, limit: number): Promise<SearchHits>
  /** Shows new items to the sources that can propose them. */
  addItems(items: readonly LiveItem[]): Promise<void>
  /** Hides items from, or shows them to, all later requests. */
  setHidden(items: readonly { index: number; hidden: boolean }[]): Promise<void>
  close(): Promise<void>
}
