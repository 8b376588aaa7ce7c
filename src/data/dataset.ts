/** @file What models are fitted on: catalog, users and positive interactions as columns over shared memory. */

import type { Csr } from '../base/csr.ts'
import type { IdTable } from '../base/id-table.ts'
import type { StringColumn } from '../base/string-column.ts'

/** A column of few distinct texts: `codes[r]` points into `labels`; code 0 is always the empty label (unknown). */
export interface Categories {
  codes: Uint32Array
  labels: StringColumn
}

/** Items in order of their ids (numbers by value, else by text), so that "smaller id" and "smaller index" agree. */
export interface Catalog {
  items: IdTable
  title: StringColumn
  text: StringColumn
  /** Tags of an item, joined by line feeds. */
  tags: StringColumn
  image: StringColumn
  /** All attributes of an item as JSON. */
  attributes: StringColumn
  category: Categories
  region: Categories
  language: Categories
  /** Milliseconds since 1970; NaN when unknown. */
  createdAt: Float64Array
  /** 1 = never recommended. */
  hidden: Uint8Array
}

export interface UserTable {
  users: IdTable
  region: Categories
  language: Categories
  segment: Categories
}

/** Positive events, one row each, in time order (file order where there are no times). */
export interface Interactions {
  length: number
  user: Uint32Array
  item: Uint32Array
  /** Milliseconds since 1970; null when the dataset has no times. */
  time: Float64Array | null
  /** How much the event counts, > 0 (by its kind or rating). */
  weight: Float32Array
  /** 0 = no session, else 1 + session number, numbered by first event. */
  session: Uint32Array
}

/**
 * Events that are not positive and yet say something of a user and an item: low ratings, marks for later, hides. In the
 * order of the interactions. Nothing is recommended for them; rankers may know of them.
 */
export interface OtherEvents {
  length: number
  user: Uint32Array
  item: Uint32Array
  /** Position in EVENT_KINDS. */
  kind: Uint8Array
  /** NaN when the event has none. */
  value: Float32Array
  /** Milliseconds since 1970, NaN where unknown; null when the dataset has no times. */
  time: Float64Array | null
}

/** How a dataset is cut into train and test. The protocol names are printed with every figure. */
export type SplitRule =
  | { kind: 'temporal'; fraction: number }
  | { kind: 'hold-out'; buckets: number }
  | { kind: 'given' }
  | { kind: 'sessions'; fraction: number }

export type Protocol = 'temporal' | 'hold-out, unordered' | 'sessions, temporal'

export interface Dataset {
  name: string
  catalog: Catalog
  users: UserTable
  interactions: Interactions
  others: OtherEvents
  /** Collections × items, in their own order; null when the dataset has none. */
  collections: Csr | null
  split: SplitRule
  /** 1 = the dataset's own split puts this interaction into test; only with split `given`. */
  heldOut: Uint8Array | null
  /** The moment at which the data ends, in ms: "now" for fresh items and decay. NaN without times. */
  now: number
  /** Folder in which the items' pictures are; left out for data that is in no store. */
  imageFolder?: string
  /** What was dropped or mended while reading, in sentences for reports. */
  notes: string[]
}
