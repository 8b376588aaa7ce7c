/** @file The embedded store: SQLite through `node:sqlite`, write-ahead logged, one transaction per write. */

import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DamagedArtefactError, LabradorError } from '../base/errors.ts'
import { explained, sqliteFault } from '../base/system-faults.ts'
import { CatalogTables } from './catalog-tables.ts'
import { EventLog } from './event-log.ts'
import { Interner } from './interner.ts'
import { migrate } from './migrate.ts'
import { RequestLog } from './request-log.ts'
import type { Store, StoreMeta } from './store.ts'
import { timelineSize } from './timeline.ts'

/** Megabytes of pages that SQLite may keep: the interning tables stay warm, the log streams through. */
const CACHE_MIB = 64
/** Pages in the write-ahead log before it goes to the file; a page that changes often then goes there once. */
const BULK_CHECKPOINT_PAGES = 20_000
/** How long a writer waits for another one (an import beside a server). */
const BUSY_MS = 10_000
/** SQLite's codes for what says nothing of the file: in use, read-only, unreadable disk, full disk, cannot be opened. */
const REFUSALS: ReadonlySet<number> = new Set([5, 8, 10, 13, 14])

/**
 * Opens or creates a store. With the write-ahead log at `synchronous = normal` a killed process loses nothing that was
 * acknowledged; a power failure may lose the last moments, never the file's consistency.
 *
 * @param path a file; its folder is created
 * @param options.isBulk for imports: the write-ahead log goes to the file in larger steps, with the same guarantees
 * @throws DamagedArtefactError when the file is no Labrador store, RefusedBySystemError when it may not be opened or written
 */
export function openStore(path: string, options: { isBulk?: boolean } = {}): Store {
  makeFolder(dirname(path))
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path)
    database.exec(`pragma busy_timeout = ${BUSY_MS}; pragma journal_mode = wal; pragma synchronous = normal`)
    database.exec(`pragma cache_size = ${-CACHE_MIB * 1024}; pragma temp_store = memory`)
    if (options.isBulk) database.exec(`pragma wal_autocheckpoint = ${BULK_CHECKPOINT_PAGES}`)
    migrate(database, path)
  } catch (error) {
    if (error instanceof LabradorError) throw error
    const { errcode } = error as { errcode?: number }
    const isRefused = errcode !== undefined && REFUSALS.has(errcode & 0xff)
    if (isRefused) throw sqliteFault(error as Error, errcode, path)
    throw new DamagedArtefactError(path, (error as Error).message, 'is this a Labrador store?')
  }
  return storeOver(database, path)
}

/** One folder after the other: in places like /proc, a recursive `mkdir` tries for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Somebody else has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw explained(error)
  }
}

function storeOver(database: DatabaseSync, path: string): Store {
  const interners = {
    items: new Interner(database, 'items'),
    users: new Interner(database, 'users'),
    sessions: new Interner(database, 'sessions'),
  }
  const transaction = <T>(work: () => T): T => {
    if (database.isTransaction) return work()
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      database.exec('rollback')
      for (const interner of Object.values(interners)) interner.forget()
      requests.forget()
      throw error
    }
  }
  const catalog = new CatalogTables(database, interners)
  const log = new EventLog(database, interners)
  const requests = new RequestLog(database, interners, path)
  const count = (table: string) =>
    (database.prepare(`select count(*) as n from ${table}`).get() as { n: number }).n
  return {
    path,
    meta: storeMeta(database),
    transaction,
    putItems: (items) => transaction(() => catalog.putItems(items)),
    putUsers: (users) => transaction(() => catalog.putUsers(users)),
    putCollections: (collections) => transaction(() => catalog.putCollections(collections)),
    appendEvents: (events) => transaction(() => log.append(events)),
    appendRequests: (batch) => transaction(() => requests.append(batch)),
    requests: (after, batch) => requests.read(after, batch),
    getRequest: (id) => requests.find(id),
    lastRequestPosition: () => requests.lastPosition(),
    removeOldRequests: (ages, limit) => transaction(() => requests.removeOld(ages, limit)),
    newestRequest: (surface) => requests.newest(surface),
    getItem: (id) => catalog.item(id),
    getUser: (id) => catalog.user(id),
    items: (batch) => catalog.items(batch),
    users: (batch) => catalog.users(batch),
    collections: (batch) => catalog.collections(batch),
    events: (after, batch) => log.read(after, batch),
    eventColumns: () => log.columns(),
    timelineSize: (filter) => timelineSize(database, filter),
    idsOf: (table) => log.idsOf(table),
    hides: () => log.hides(),
    lastEventPosition: () => log.lastPosition(),
    counts: () => ({
      items: count('items'),
      users: count('users'),
      collections: count('collections'),
      events: count('events'),
      requests: requests.count(),
    }),
    close: () => database.close(),
  }
}

function storeMeta(database: DatabaseSync): StoreMeta {
  const get = database.prepare('select value from meta where key = ?')
  const set = database.prepare(
    'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
  )
  return {
    get(key) {
      const row = get.get(key) as { value: string } | undefined
      return row && JSON.parse(row.value)
    },
    set(key, value) {
      set.run(key, JSON.stringify(value))
    },
  }
}
