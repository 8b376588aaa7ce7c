/** @file Typed queries as prepared statements, and inserts of many rows at once. */

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Compilable } from 'kysely'

/** Rows per statement: enough that the cost of a call vanishes, few enough that a short batch wastes nothing. */
const ROWS = 64

/** Parameters of the query are placeholders: give the values when running it. */
export function prepare(database: DatabaseSync, compilable: Compilable): StatementSync {
  return database.prepare(compilable.compile().sql)
}

/** Inserts rows of `width` values; repeats of a unique key are left out. */
export class BulkInsert {
  readonly #width: number
  readonly #one: StatementSync
  readonly #many: StatementSync
  #values: SQLInputValue[] = []

  /** @param columns names of the columns, in the order in which values are given */
  constructor(database: DatabaseSync, table: string, columns: readonly string[]) {
    this.#width = columns.length
    const row = `(${columns.map(() => '?').join()})`
    const head = `insert or ignore into ${table} (${columns.join()}) values `
    this.#one = database.prepare(head + row)
    this.#many = database.prepare(head + Array(ROWS).fill(row).join())
  }

  /** @returns rows inserted by this call; rows wait until a statement is full or `flush` is called */
  add(...row: SQLInputValue[]): number {
    for (const value of row) this.#values.push(value)
    if (this.#values.length < ROWS * this.#width) return 0
    const { changes } = this.#many.run(...this.#values)
    this.#values.length = 0
    return Number(changes)
  }

  flush(): number {
    let inserted = 0
    for (let at = 0; at < this.#values.length; at += this.#width) {
      inserted += Number(this.#one.run(...this.#values.slice(at, at + this.#width)).changes)
    }
    this.#values.length = 0
    return inserted
  }

  /** Forgets waiting rows, when their transaction is given up. */
  discard(): void {
    this.#values.length = 0
  }
}
