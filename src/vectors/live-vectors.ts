/** @file Vectors of items that arrived after a fit: a few beside those that were fitted, in one growing matrix. */

import { innerProducts } from './exact-search.ts'
import type { Neighbours } from './neighbours.ts'

const FIRST_ROWS = 64

export class LiveVectors {
  readonly #dim: number
  #values: Float32Array
  #items = new Uint32Array(FIRST_ROWS)
  readonly #rowOf = new Map<number, number>()
  /** Rows by item; null when an item has come since. */
  #order: Uint32Array | null = null

  constructor(dim: number) {
    this.#dim = dim
    this.#values = new Float32Array(FIRST_ROWS * dim)
  }

  get size(): number {
    return this.#rowOf.size
  }

  has(item: number): boolean {
    return this.#rowOf.has(item)
  }

  /** A view, until the next `put`. */
  get(item: number): Float32Array | undefined {
    const row = this.#rowOf.get(item)
    return row === undefined ? undefined : this.#values.subarray(row * this.#dim, (row + 1) * this.#dim)
  }

  /** Sets the vector of an item, known or new. */
  put(item: number, vector: Float32Array): void {
    let row = this.#rowOf.get(item)
    if (row === undefined) {
      row = this.#rowOf.size
      if (row === this.#items.length) this.#grow()
      this.#rowOf.set(item, row)
      this.#items[row] = item
      this.#order = null
    }
    this.#values.set(vector, row * this.#dim)
  }

  /** @returns the inner products of all vectors with a query, by item ascending, without some items and those that do not pass */
  products(
    query: Float32Array,
    excluded: ArrayLike<number>,
    passes: (item: number) => boolean = () => true,
  ): Neighbours {
    const count = this.size
    const products = new Float32Array(count)
    innerProducts({ count, dim: this.#dim, values: this.#values }, query, 0, count, products)
    const gone = new Set<number>()
    for (let k = 0; k < excluded.length; k++) if (this.#rowOf.has(excluded[k]!)) gone.add(excluded[k]!)
    const isKept = (item: number) => !gone.has(item) && passes(item)
    const rows = this.#rows().filter((row) => isKept(this.#items[row]!))
    return {
      items: rows.map((row) => this.#items[row]!),
      scores: Float32Array.from(rows, (row) => products[row]!),
    }
  }

  /** Items may have come in another order, such as that in which their pictures were read. */
  #rows(): Uint32Array {
    const byItem = (a: number, b: number) => this.#items[a]! - this.#items[b]!
    this.#order ??= Uint32Array.from({ length: this.size }, (_, row) => row).sort(byItem)
    return this.#order
  }

  #grow(): void {
    const items = new Uint32Array(2 * this.#items.length)
    items.set(this.#items)
    this.#items = items
    const values = new Float32Array(2 * this.#values.length)
    values.set(this.#values)
    this.#values = values
  }
}
