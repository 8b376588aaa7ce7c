/** @file The vectors of all items in tables of their own, searched by the vectors of a user. */

import { LocalSearch } from '../../../vectors/local-search.ts'
import type { Neighbours } from '../../../vectors/neighbours.ts'
import type { Format } from '../../../vectors/table-layout.ts'
import { type VectorMatrix, vectorAt } from '../../../vectors/vector-matrix.ts'
import { VectorTable } from '../../../vectors/vector-table.ts'

/** Vector m of every item in table m, and their sum over m in one more. */
export class ComponentTables {
  readonly vectors: number
  readonly items: number
  readonly #searches: LocalSearch[]
  readonly #sums: LocalSearch

  /** @param items dim = vectors · width a row, each vector of length 1 */
  constructor(items: VectorMatrix, vectors: number, format: Format = 'float32') {
    this.vectors = vectors
    this.items = items.count
    const width = items.dim / vectors
    const tableOf = (fill: (item: Float32Array, out: Float32Array) => void) => {
      const table = new VectorTable({ dim: width, format, metric: 'inner-product' })
      const rows = new Float32Array(items.count * width)
      for (let item = 0; item < items.count; item++)
        fill(vectorAt(items, item), rows.subarray(item * width, (item + 1) * width))
      table.append(rows)
      return new LocalSearch(table)
    }
    this.#searches = Array.from({ length: vectors }, (_, m) =>
      tableOf((item, out) => out.set(item.subarray(m * width, (m + 1) * width))),
    )
    this.#sums = tableOf((item, out) => sumOfVectors(item, vectors, out))
  }

  /** The k items whose vector m is nearest to each vector of the user. */
  nearest(m: number, user: Float32Array, k: number): Neighbours[] {
    return this.#searches[m]!.search({ queries: user, k })
  }

  /** The k items with the largest mean over all pairs of vectors: sums are enough. */
  nearestOnAverage(user: Float32Array, k: number): Neighbours {
    const queries = sumOfVectors(user, this.vectors, new Float32Array(user.length / this.vectors))
    return this.#sums.search({ queries, k })[0]!
  }

  close(): void {
    for (const search of [...this.#searches, this.#sums]) search.close()
  }
}

function sumOfVectors(all: Float32Array, vectors: number, out: Float32Array): Float32Array {
  const width = all.length / vectors
  out.fill(0)
  for (let v = 0; v < vectors; v++) for (let j = 0; j < width; j++) out[j]! += all[v * width + j]!
  return out
}
