/**
 * @file A part of the event log in time order, read piece by piece. SQLite sorts it once, on disk, into a table that goes with
 * its connection: memory does not grow with the log, whatever order it was appended in, and the store is not held while
 * somebody reads slowly.
 */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { explained } from '../base/system-faults.ts'
import { EVENT_KINDS } from './records.ts'
import { query } from './schema.ts'

/** Which events. */
export interface EventFilter {
  /** Positions in EVENT_KINDS. */
  kinds: readonly number[]
  /** Ratings below it are left out; those without a value stay. */
  minimumRating?: number
  /** Only events before this time, in milliseconds since 1970. */
  before?: number
  /** The last position in the log: what is appended later is not there. */
  until: number
}

export interface TimelineSize {
  events: number
  /** Whether any event has a time: then those without are left out. Else the order is that of the log. */
  isTimed: boolean
}

/** Columns to read into, of equal length. Users and items are numbered from 0 in the order in which the store met them. */
export interface TimelineColumns {
  user: Uint32Array
  item: Uint32Array
  /** NaN where there is none. */
  time: Float64Array
}

/** Pages that SQLite keeps while it sorts, and afterwards. */
const CACHE_MIB = 16
const RATING = EVENT_KINDS.indexOf('rating')

/** One pass over the log. */
export function timelineSize(database: DatabaseSync, filter: EventFilter): TimelineSize {
  const { sql, parameters } = eventsOf(filter)
    .select(({ fn }) => [fn.countAll<number>().as('all'), fn.count<number>('time').as('timed')])
    .compile()
  const { all, timed } = database.prepare(sql).get(...(parameters as number[])) as Record<string, number>
  return timed === 0 ? { events: all!, isTimed: false } : { events: timed!, isTimed: true }
}

export class Timeline {
  readonly #database: DatabaseSync
  readonly #read: StatementSync

  /** @throws RefusedBySystemError when the disk has no room to sort */
  constructor(path: string, filter: EventFilter, { isTimed }: TimelineSize) {
    this.#database = new DatabaseSync(path, { readOnly: true })
    try {
      this.#database.exec(`pragma temp_store = file; pragma cache_size = ${-CACHE_MIB * 1024}`)
      sortInto(this.#database, filter, isTimed)
    } catch (error) {
      this.#database.close()
      throw explained(error)
    }
    this.#read = this.#database.prepare(
      query
        .selectFrom('timeline')
        .select(['user', 'item', 'time'])
        .where('number', '>', 0)
        .orderBy('number')
        .limit(1)
        .compile().sql,
    )
    this.#read.setReturnArrays(true)
  }

  /** @returns how many events there were from event `from` on, at most as many as the columns have room for */
  read(from: number, { user, item, time }: TimelineColumns): number {
    let row = 0
    for (const read of this.#read.iterate(from, user.length)) {
      const [who, what, when] = read as unknown as [number, number, number | null]
      user[row] = who - 1
      item[row] = what - 1
      time[row++] = when ?? Number.NaN
    }
    return row
  }

  close(): void {
    this.#database.close()
  }
}

/** Equal times stay in the order of the log. */
function sortInto(database: DatabaseSync, filter: EventFilter, isTimed: boolean): void {
  const table = query.schema
    .createTable('timeline')
    .temporary()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('user', 'integer', (column) => column.notNull())
    .addColumn('item', 'integer', (column) => column.notNull())
    .addColumn('time', 'integer')
  database.exec(table.compile().sql)
  const events = eventsOf(filter).select(['user', 'item', 'time'])
  const sorted = isTimed
    ? events.where('time', 'is not', null).orderBy('time').orderBy('position')
    : events.orderBy('position')
  const { sql, parameters } = query
    .insertInto('timeline')
    .columns(['user', 'item', 'time'])
    .expression(sorted)
    .compile()
  database.prepare(sql).run(...(parameters as number[]))
}

function eventsOf({ kinds, minimumRating, before, until }: EventFilter) {
  const all = query.selectFrom('events').where('position', '<=', until).where('kind', 'in', kinds)
  const known = before === undefined ? all : all.where('time', '<', before)
  if (minimumRating === undefined) return known
  return known.where(({ or, eb }) =>
    or([eb('kind', '<>', RATING), eb('value', 'is', null), eb('value', '>=', minimumRating)]),
  )
}
