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
  }
  /** Every id in the log, and the position of its event. */
  event_ids: { id: string; position: number }
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
