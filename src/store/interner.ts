/** @file External ids to the database's numbers: added or looked up once, remembered within bounds. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Ids remembered in each of two generations: memory stays flat in the size of an import, busy ids stay known. */
const GENERATION = 400_000

export class Interner {
  readonly #find: StatementSync
  readonly #add: StatementSync
  #young = new Map<string, number>()
  #old = new Map<string, number>()

  constructor(database: DatabaseSync, table: 'items' | 'users' | 'sessions') {
    this.#find = database.prepare(`select number from ${table} where id = ?`)
    this.#find.setReturnArrays(true)
    this.#add = database.prepare(`insert into ${table} (id) values (?) on conflict (id) do nothing`)
  }

  /** The id's number; it is added when it is new. Call inside a transaction, and `forget` when that rolls back. */
  number(id: string): number {
    const known = this.#young.get(id)
    if (known !== undefined) return known
    const number = this.#old.get(id) ?? this.#fromDatabase(id)
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, number)
    return number
  }

  forget(): void {
    this.#young = new Map()
    this.#old = new Map()
  }

  /** Adds first: an import meets mostly new ids, and a server remembers the others. */
  #fromDatabase(id: string): number {
    const { changes, lastInsertRowid } = this.#add.run(id)
    if (changes) return Number(lastInsertRowid)
    return (this.#find.get(id) as unknown as [number])[0]
  }
}
