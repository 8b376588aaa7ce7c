/** @file The append-only event log: appended in bulk, read as records or as columns. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type IdTable, idTableOf } from '../base/id-table.ts'
import { sharedFloat32, sharedFloat64, sharedUint8, sharedUint32 } from '../base/shared.ts'
import { StringColumnBuilder } from '../base/string-column.ts'
import { EventIds } from './event-ids.ts'
import type { Interner } from './interner.ts'
import { EVENT_KINDS, type EventRecord } from './records.ts'
import { query } from './schema.ts'
import { BulkInsert, prepare } from './statements.ts'
import type { EventColumns, WriteCount } from './store.ts'

const READ_BATCH = 10_000
const kindNumber = new Map(EVENT_KINDS.map((kind, number) => [kind as string, number]))

type ColumnRow = [
  time: number | null,
  user: number,
  item: number,
  kind: number,
  value: number | null,
  session: number | null,
  heldOut: number,
]
type RecordRow = {
  position: number
  id: string | null
  time: number | null
  user: string
  item: string
  kind: number
  value: number | null
  session: string | null
  context: string | null
}

export class EventLog {
  readonly #database: DatabaseSync
  readonly #interners: Record<'items' | 'users' | 'sessions', Interner>
  readonly #insert: BulkInsert
  readonly #ids: EventIds
  readonly #last: StatementSync
  readonly #readAfter: StatementSync
  readonly #readKind: StatementSync

  constructor(database: DatabaseSync, interners: Record<'items' | 'users' | 'sessions', Interner>) {
    this.#database = database
    this.#interners = interners
    this.#insert = new BulkInsert(database, 'events', [
      'position',
      'id',
      'time',
      'user',
      'item',
      'kind',
      'value',
      'session',
      'held_out',
      'context',
      'request',
    ])
    this.#ids = new EventIds(database)
    this.#last = prepare(
      database,
      query.selectFrom('events').select((expression) => expression.fn.max('position').as('position')),
    )
    this.#readAfter = prepare(
      database,
      query
        .selectFrom('events')
        .innerJoin('users', 'users.number', 'events.user')
        .innerJoin('items', 'items.number', 'events.item')
        .leftJoin('sessions', 'sessions.number', 'events.session')
        .select([
          'position',
          'events.id as id',
          'time',
          'users.id as user',
          'items.id as item',
          'kind',
          'value',
        ])
        .select(['sessions.id as session', 'context'])
        .where('position', '>', 0)
        .orderBy('position')
        .limit(READ_BATCH),
    )
    this.#readKind = prepare(
      database,
      query
        .selectFrom('events')
        .innerJoin('users', 'users.number', 'events.user')
        .innerJoin('items', 'items.number', 'events.item')
        .select(['users.id as user', 'items.id as item'])
        .where('kind', '=', 0)
        .orderBy('position'),
    )
  }

  /** Runs inside the caller's transaction. */
  append(events: readonly EventRecord[]): WriteCount {
    const { items, users, sessions } = this.#interners
    this.#insert.discard()
    const first = this.lastPosition() + 1
    const repeated = this.#ids.claim(
      events.map(({ id }) => id),
      first,
    )
    let added = 0
    for (const [row, event] of events.entries()) {
      if (repeated?.[row]) continue
      added++
      this.#insert.add([
        first + row,
        event.id,
        event.time,
        users.number(event.user),
        items.number(event.item),
        kindNumber.get(event.kind)!,
        event.value,
        event.session === null ? null : sessions.number(event.session),
        event.context?.split === 'test' ? 1 : 0,
        event.context && JSON.stringify(event.context),
        requestOf(event),
      ])
    }
    this.#insert.flush()
    return { added, updated: 0, repeated: events.length - added }
  }

  *read(after = 0, batch = READ_BATCH): Iterable<{ events: EventRecord[]; position: number }> {
    for (let position = after; ; ) {
      const rows = this.#readAfter.all(position, batch) as unknown as RecordRow[]
      if (rows.length === 0) return
      position = rows.at(-1)!.position
      yield { events: rows.map(recordOf), position }
    }
  }

  *hides(): Iterable<{ user: string; item: string }> {
    for (const row of this.#readKind.iterate(kindNumber.get('hide')!))
      yield row as { user: string; item: string }
  }

  lastPosition(): number {
    return (this.#last.get() as { position: number | null }).position ?? 0
  }

  columns(): EventColumns {
    const { n } = this.#database.prepare('select count(*) as n from events').get() as { n: number }
    const columns: EventColumns = {
      length: n,
      user: sharedUint32(n),
      item: sharedUint32(n),
      time: sharedFloat64(n),
      kind: sharedUint8(n),
      value: sharedFloat32(n),
      session: sharedUint32(n),
      heldOut: sharedUint8(n),
      users: this.idsOf('users'),
      items: this.idsOf('items'),
    }
    const select = prepare(
      this.#database,
      query
        .selectFrom('events')
        .select(['time', 'user', 'item', 'kind', 'value', 'session', 'held_out'])
        .orderBy('position'),
    )
    select.setReturnArrays(true)
    let row = 0
    for (const read of select.iterate()) {
      const [time, user, item, kind, value, session, heldOut] = read as unknown as ColumnRow
      columns.time[row] = time ?? Number.NaN
      columns.user[row] = user - 1
      columns.item[row] = item - 1
      columns.kind[row] = kind
      columns.value[row] = value ?? Number.NaN
      columns.session[row] = session ?? 0
      columns.heldOut[row] = heldOut
      row++
    }
    return columns
  }

  /** Ids by number; numbers are dense from 1. */
  idsOf(table: 'users' | 'items'): IdTable {
    const select = prepare(this.#database, query.selectFrom(table).select('id').orderBy('number'))
    select.setReturnArrays(true)
    const builder = new StringColumnBuilder()
    for (const row of select.iterate()) builder.add((row as unknown as [string])[0])
    return idTableOf(builder.build())
  }
}

/** The request that an event is about, where its context names one. */
function requestOf({ context }: EventRecord): string | null {
  const id = context?.requestId
  return typeof id === 'string' ? id : null
}

function recordOf(row: RecordRow): EventRecord {
  return {
    id: row.id,
    time: row.time,
    user: row.user,
    item: row.item,
    kind: EVENT_KINDS[row.kind]!,
    value: row.value,
    session: row.session,
    context: row.context === null ? null : JSON.parse(row.context),
  }
}
