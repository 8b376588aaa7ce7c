/** @file The store's interface: catalog and append-only event log, in whatever database is behind it. */

import type { IdTable } from '../base/id-table.ts'
import type { Collection, EventRecord, Item, RequestRecord, User } from './records.ts'
import type { AnsweredRequest, RequestAges } from './request-log.ts'
import type { EventFilter, TimelineSize } from './timeline.ts'

/** How many records a write added, changed, and found already there. */
export interface WriteCount {
  added: number
  updated: number
  repeated: number
}

/**
 * The whole event log as columns in log order (the order of appending). `user` and `item` point into `StoreColumns`;
 * `time` is NaN and `session` 0 where there is none; `kind` is a position in EVENT_KINDS; `value` NaN where none.
 */
export interface EventColumns {
  length: number
  user: Uint32Array
  item: Uint32Array
  time: Float64Array
  kind: Uint8Array
  value: Float32Array
  /** 0 = no session, else 1 + dense session number. */
  session: Uint32Array
  /** 1 where `context.split` is "test" (datasets that come with a split of their own). */
  heldOut: Uint8Array
  /** External ids in the order that `user` and `item` point into. */
  users: IdTable
  items: IdTable
}

export interface StoreCounts {
  items: number
  users: number
  collections: number
  events: number
  requests: number
}

/** Small named facts about a store: which dataset it holds, how to split it, progress of imports. */
export interface StoreMeta {
  get(key: string): unknown
  set(key: string, value: unknown): void
}

/**
 * Every write is durable when it returns (one transaction a call), so give it batches of thousands.
 * An event may name items and users that are not in the catalog: they are created with empty fields.
 */
export interface Store {
  readonly path: string
  readonly meta: StoreMeta
  /** Makes all writes of `work` one: all of them are kept or none. */
  transaction<T>(work: () => T): T
  putItems(items: readonly Item[]): WriteCount
  putUsers(users: readonly User[]): WriteCount
  putCollections(collections: readonly Collection[]): WriteCount
  appendEvents(events: readonly EventRecord[]): WriteCount
  appendRequests(requests: readonly RequestRecord[]): void
  getItem(id: string): Item | undefined
  getUser(id: string): User | undefined
  /** In no particular order, in batches. */
  items(batch?: number): Iterable<Item[]>
  users(batch?: number): Iterable<User[]>
  collections(batch?: number): Iterable<Collection[]>
  /** Events after log position `after` (0 = from the start), in log order, with the position of the last of each batch. */
  events(after?: number, batch?: number): Iterable<{ events: EventRecord[]; position: number }>
  /** Answered requests after log position `after`, oldest first, each with the events that name it. */
  requests(after?: number, batch?: number): Iterable<{ requests: AnsweredRequest[]; position: number }>
  getRequest(id: string): AnsweredRequest | undefined
  /** Of the newest request, 0 when there is none: the newest n are after this less n, or are fewer where old ones went. */
  lastRequestPosition(): number
  /** Removes the oldest requests, at most `limit`, and says how many; events that name them stay. */
  removeOldRequests(ages: RequestAges, limit: number): number
  /** The newest request of a surface. */
  newestRequest(surface: string): AnsweredRequest | undefined
  eventColumns(): EventColumns
  /** How many events a `Timeline` of them would have. One pass over the log. */
  timelineSize(filter: EventFilter): TimelineSize
  /** External ids in the order of the numbers that a `Timeline` and `EventColumns` give: fixed, new ones come behind. */
  idsOf(table: 'users' | 'items'): IdTable
  /** Who does not want to see what: every `hide` in the log, in its order. One pass over the log. */
  hides(): Iterable<{ user: string; item: string }>
  counts(): StoreCounts
  /** Position of the last event in the log, 0 when it is empty. */
  lastEventPosition(): number
  close(): void
}
