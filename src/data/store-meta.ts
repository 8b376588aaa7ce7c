/** @file What a store knows about the dataset in it: one JSON value under the meta key "dataset". */

import type { Store } from '../store/store.ts'
import type { Protocol, SplitRule } from './dataset.ts'
import type { PositiveRule } from './positive.ts'

/** Written by `prepareDataset` when a dataset has been read completely. */
export interface DatasetMeta {
  name: string
  title: string
  licence: string
  citation: string
  address: string
  split: SplitRule
  protocol: Protocol
  positive: PositiveRule
  surface: 'related' | 'home'
  /** What was dropped or mended while reading. */
  notes: string[]
  /** Raised when readers change what they write, so that old stores are read again. */
  version: number
}

const KEY = 'dataset'

/** @returns null for a store that was filled by `labrador import` or the server */
export function readDatasetMeta(store: Store): DatasetMeta | null {
  return (store.meta.get(KEY) as DatasetMeta | null | undefined) ?? null
}

export function writeDatasetMeta(store: Store, meta: DatasetMeta): void {
  store.meta.set(KEY, meta)
}
