/** @file The database's tables as types, and the typed query builder over them (kysely, compiled to SQL, run by the store). */

import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

/** Ids are interned: other tables point to `number`, which is dense from 1 in the order of first mention. */
export interface Tables {
  meta: { key: string; value: string }
  items: {
    number: number
    id: string
    title: string
    text: string
    /** JSON list of texts. */
    tags: string
    /** JSON object. */
    attributes: string
    image: string | null
    /** Milliseconds since 1970. */
    created_at: number | null
    hidden: number
  }
  users: { number: number; id: string; attributes: string }
  sessions: { number: number; id: string }
  collections: {
    number: number
    id: string
    title: string
    /** A user's number. */
    owner: number | null
    /** Little-endian uint32: numbers of the items, in order. */
    items: Uint8Array
  }
  events: {
    /** Place in the log, rising, never reused. */
    position: number
    /** Unique where there is one: see `event_ids`. */
    id: string | null
    time: number | null
    user: number
    item: number
    kind: number
    value: number | null
    session: number | null
    /** 1 = `context.split` is "test". */
    held_out: number
    /** JSON object. */
    context: string | null
    /** `context.requestId`, where the event names the request that it answers. */
    request: string | null
  }
  /** Every id in the log, and the position of its event. */
  event_ids: { id: string; position: number }
  /** Answered requests, one row each. The blobs are little-endian columns with one entry per shown item. */
  requests: {
    position: number
    id: string
    time: number
    surface: string
    user: number | null
    item: number | null
    snapshot: string
    ranker: string
    policy: string
    seed: number
    /** JSON object: arm by experiment. */
    arms: string
    /** uint32: numbers of the query items, oldest first. */
    query_items: Uint8Array
    /** float64, beside the query items. */
    query_times: Uint8Array
    region: number
    language: number
    segment: number
    /** JSON list. */
    filters: string
    /** A `layouts` number. */
    layout: number
    /** uint32: numbers of the items. */
    items: Uint8Array
    /** float32. */
    scores: Uint8Array
    /** float64. */
    propensities: Uint8Array
    /** uint32: bit masks over the layout's sources. */
    source_masks: Uint8Array
    /** float32, row-major, items × the layout's features. */
    feature_values: Uint8Array
  }
  /** Names of the sources and features that requests were logged with, as JSON lists; few, and shared by many requests. */
  layouts: { number: number; sources: string; features: string }
  /** Events in time order, numbered from 1: a temporary table of whoever reads them so (`timeline.ts`). */
  timeline: { number: number; user: number; item: number; time: number | null }
}

/** Builds queries; nothing runs here. */
export const query = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})
