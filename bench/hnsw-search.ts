/** @file An HNSW graph (package `usearch`) behind the interface of our searches: a baseline for comparison, nothing more. */

import usearch, { type Index } from 'usearch'
import type { Neighbours } from '../src/vectors/neighbours.ts'
import type { SearchRequest, VectorSearch } from '../src/vectors/vector-search.ts'

/** The library's own defaults. */
const CONNECTIVITY = 16
const EXPANSION_ADD = 128

export class HnswSearch implements VectorSearch {
  readonly #index: Index
  readonly #dim: number
  readonly #threads: number
  /** Candidates that a search keeps: more of them find more of the best, and take longer. At least k. */
  expansion = 64

  constructor(dim: number, threads: number) {
    this.#dim = dim
    this.#threads = threads
    this.#index = new usearch.Index({
      dimensions: dim,
      metric: usearch.MetricKind.IP,
      quantization: usearch.ScalarKind.F32,
      connectivity: CONNECTIVITY,
      expansion_add: EXPANSION_ADD,
      expansion_search: 16,
      multi: false,
    })
  }

  /** @param vectors row-major, one for each row from `first` on */
  add(first: number, vectors: Float32Array): void {
    const keys = BigUint64Array.from({ length: vectors.length / this.#dim }, (_, n) => BigInt(first + n))
    this.#index.add(keys, vectors, this.#threads)
  }

  remove(row: number): void {
    this.#index.remove(BigInt(row))
  }

  async search({ queries, k, filter, allowed }: SearchRequest): Promise<Neighbours[]> {
    if (filter || allowed) throw new Error('the baseline has no filters')
    const found: Neighbours[] = []
    for (let at = 0; at < queries.length; at += this.#dim) {
      // The library keeps as many candidates as are asked for; the surplus is cut off.
      const wanted = Math.max(k, this.expansion)
      const query = queries.slice(at, at + this.#dim)
      const { keys, distances } = this.#index.search(query, wanted, 1)
      found.push({
        items: Uint32Array.from(keys.subarray(0, k), Number),
        scores: distances.subarray(0, k).map((distance) => 1 - distance),
      })
    }
    return found
  }

  async close(): Promise<void> {
    // Freed with the object.
  }
}
