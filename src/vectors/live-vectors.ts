/** @file Vectors of items that arrived after a fit: a few beside those that were fitted, in one growing matrix. */

import { innerProducts } from './exact-search.ts'
import type { Neighbours } from './neighbours.ts'

const FIRST_ROWS = 64

export class LiveVectors {
  readonly #dim: number
  #values: Float32Array
  #items = new Uint32Array(FIRST_ROWS)
  readonly #rowOf = new Map<number, number>()

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
    }
    this.#values.set(vector, row * this.#dim)
  }

  /** @returns the inner products of all vectors with a query, in the order of arrival, without some items */
  products(query: Float32Array, excluded: ArrayLike<number>): Neighbours {
    const count = this.size
    const items = this.#items.slice(0, count)
    const scores = new Float32Array(count)
    innerProducts({ count, dim: this.#dim, values: this.#values }, query, 0, count, scores)
    const gone = new Set<number>()
    for (let k = 0; k < excluded.length; k++) if (this.#rowOf.has(excluded[k]!)) gone.add(excluded[k]!)
    if (gone.size === 0) return { items, scores }
    const isLeft = (_: number, row: number) => !gone.has(items[row]!)
    return { items: items.filter(isLeft), scores: scores.filter(isLeft) }
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
