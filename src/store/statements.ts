/** @file Typed queries as prepared statements, and inserts of many rows at once. */

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Compilable } from 'kysely'

/** Enough that the cost of a call vanishes, few enough that a short batch wastes nothing. */
export const ROWS_PER_STATEMENT = 64

/** Parameters of the query are placeholders: give the values when running it. */
export function prepare(database: DatabaseSync, compilable: Compilable): StatementSync {
  return database.prepare(compilable.compile().sql)
}

/** Inserts rows, many in a statement. */
export class BulkInsert {
  readonly #one: StatementSync
  readonly #many: StatementSync
  readonly #width: number
  readonly #values: SQLInputValue[]
  #used = 0

  /** @param columns names of the columns, in the order in which values are given */
  constructor(database: DatabaseSync, table: string, columns: readonly string[]) {
    this.#width = columns.length
    const row = `(${columns.map(() => '?').join()})`
    const head = `insert into ${table} (${columns.join()}) values `
    this.#one = database.prepare(head + row)
    this.#many = database.prepare(head + Array(ROWS_PER_STATEMENT).fill(row).join())
    this.#values = Array(ROWS_PER_STATEMENT * this.#width).fill(null)
  }

  /** Rows wait until a statement is full or `flush` is called. */
  add(row: readonly SQLInputValue[]): void {
    for (const value of row) this.#values[this.#used++] = value
    if (this.#used < this.#values.length) return
    this.#used = 0
    this.#many.run(...this.#values)
  }

  flush(): void {
    for (let at = 0; at < this.#used; at += this.#width) {
      this.#one.run(...this.#values.slice(at, at + this.#width))
    }
    this.#used = 0
  }

  /** Forgets waiting rows, when their transaction is given up. */
  discard(): void {
    this.#used = 0
  }
}
