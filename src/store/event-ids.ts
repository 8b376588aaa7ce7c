/** @file The ids that are in the event log, each once: what makes appending idempotent. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { query } from './schema.ts'
import { prepare, ROWS_PER_STATEMENT as ROWS } from './statements.ts'

export class EventIds {
  readonly #database: DatabaseSync
  readonly #add = new Map<number, StatementSync>()
  readonly #find: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    const names = Array(ROWS).fill('')
    this.#find = prepare(
      database,
      query.selectFrom('event_ids').select(['id', 'position']).where('id', 'in', names),
    )
    this.#find.setReturnArrays(true)
  }

  /**
   * Claims ids for the positions that their events will have. Roughly in the order of ids, a batch touches each page of
   * the table once; in the order of arrival, random ids touch one page each.
   *
   * @param ids null for events without one
   * @param first position of the first of them
   * @returns 1 where the id was there before, in the log or earlier in `ids`; null when none was
   */
  claim(ids: readonly (string | null)[], first: number): Uint8Array | null {
    const rows = rowsByPrefix(ids)
    let repeated: Uint8Array | null = null
    const values: (string | number)[] = []
    for (let at = 0; at < rows.length; at += ROWS) {
      const some = Array.from(rows.subarray(at, at + ROWS))
      values.length = 0
      for (const row of some) values.push(ids[row]!, first + row)
      if (Number(this.#adding(some.length).run(...values).changes) === some.length) continue
      repeated ??= new Uint8Array(ids.length)
      const positions = this.#positionsOf(some.map((row) => ids[row]!))
      for (const row of some) if (positions.get(ids[row]!) !== first + row) repeated[row] = 1
    }
    return repeated
  }

  #adding(rows: number): StatementSync {
    let statement = this.#add.get(rows)
    if (!statement) {
      const insert = query
        .insertInto('event_ids')
        .values(Array(rows).fill({ id: '', position: 0 }))
        .onConflict((on) => on.column('id').doNothing())
      statement = prepare(this.#database, insert)
      this.#add.set(rows, statement)
    }
    return statement
  }

  #positionsOf(ids: readonly string[]): Map<string, number> {
    const padded = [...ids, ...Array(ROWS - ids.length).fill(null)]
    return new Map(this.#find.all(...padded) as unknown as [string, number][])
  }
}

/** Characters that sort, after what all ids begin with. */
const KEY = 4
const KEY_BASE = 256

/**
 * Rows with an id, ordered by a few characters of it and then by row: near enough to the order of ids for the pages,
 * and equal ids stay in their order, so that the first one wins. Numbers sort several times faster than texts.
 */
function rowsByPrefix(ids: readonly (string | null)[]): Float64Array {
  const start = commonPrefix(ids)
  const keys = new Float64Array(ids.length)
  const scale = ids.length
  let length = 0
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!
    if (id === null) continue
    let key = 0
    for (let k = start; k < start + KEY; k++) {
      key = key * KEY_BASE + (k < id.length ? Math.min(id.charCodeAt(k), KEY_BASE - 1) : 0)
    }
    keys[length++] = key * scale + row
  }
  const rows = keys.subarray(0, length).sort()
  for (let at = 0; at < length; at++) rows[at] = rows[at]! % scale
  return rows
}

/** How many characters all ids share at their beginning. */
function commonPrefix(ids: readonly (string | null)[]): number {
  let prefix: string | null = null
  for (const id of ids) {
    if (id === null) continue
    prefix ??= id
    let same = 0
    while (same < prefix.length && prefix.charCodeAt(same) === id.charCodeAt(same)) same++
    if (same < prefix.length) prefix = prefix.slice(0, same)
    if (same === 0) return 0
  }
  return prefix?.length ?? 0
}
