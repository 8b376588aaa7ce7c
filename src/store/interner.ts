/** @file External ids to the database's numbers: looked up once per batch, remembered within bounds. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Remembered ids; beyond that the memory is emptied, so that it stays flat in the size of an import. */
const MAX_REMEMBERED = 400_000

export class Interner {
  readonly #find: StatementSync
  readonly #add: StatementSync
  #known = new Map<string, number>()

  constructor(database: DatabaseSync, table: 'items' | 'users' | 'sessions') {
    this.#find = database.prepare(`select number from ${table} where id = ?`)
    this.#find.setReturnArrays(true)
    this.#add = database.prepare(`insert into ${table} (id) values (?)`)
  }

  /** The id's number; it is added when it is new. Call inside a transaction, and `forget` when that rolls back. */
  number(id: string): number {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_REMEMBERED) this.#known = new Map()
    const row = this.#find.get(id) as unknown as [number] | undefined
    const number = row ? row[0] : Number(this.#add.run(id).lastInsertRowid)
    this.#known.set(id, number)
    return number
  }

  forget(): void {
    this.#known = new Map()
  }
}
