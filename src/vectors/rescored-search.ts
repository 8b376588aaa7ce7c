/**
 * @file Search in two steps: a coarse table proposes several times as many rows as are wanted, and their scores are computed
 * anew from the same rows of a finer table.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { topK } from '../base/top-k.ts'
import type { Neighbours } from './neighbours.ts'
import { encodeQueries } from './query-batch.ts'
import { K_MOST, type SearchRequest, type VectorSearch } from './vector-search.ts'
import type { VectorTable } from './vector-table.ts'

/** For each wanted row so many are scored anew, and some more where few are wanted. */
const TIMES = 4
const SPARE = 64

export class RescoredSearch implements VectorSearch {
  readonly #coarse: VectorSearch
  readonly #fine: VectorTable
  readonly #times: number

  /**
   * @param coarse closed with this one
   * @param fine a table of the same rows in float32 or float16; rows that are not live in it are not found
   * @param times how many rows are scored anew for each that is wanted, ≥ 1
   */
  constructor(coarse: VectorSearch, fine: VectorTable, times = TIMES) {
    const { format } = fine.shape
    if (format !== 'float32' && format !== 'float16')
      throw new InvalidOptionError('fine', format, 'a table of float32 or float16')
    if (!(times >= 1)) throw new InvalidOptionError('times', times, 'a number from 1')
    this.#coarse = coarse
    this.#fine = fine
    this.#times = times
  }

  async search(request: SearchRequest): Promise<Neighbours[]> {
    const { queries, k } = request
    const survivors = Math.min(K_MOST, Math.ceil(this.#times * k) + SPARE)
    const found = await this.#coarse.search({ ...request, k: Math.max(k, survivors) })
    const { layout } = this.#fine
    const batch = encodeQueries(layout, queries)
    return found.map(({ items }, q) => {
      const query = new Float32Array(batch.bytes.buffer, q * layout.queryStride, layout.shape.dim)
      return this.#best(items, query, batch.norms[q], k)
    })
  }

  close(): Promise<void> {
    return this.#coarse.close()
  }

  #best(rows: Uint32Array, query: Float32Array, queryNorm: number, k: number): Neighbours {
    const { dim, metric } = this.#fine.shape
    // In ascending order, so that equal scores keep the smaller row first.
    const ascending = rows.slice().sort()
    const scores = new Float32Array(ascending.length)
    const vector = new Float32Array(dim)
    for (let n = 0; n < ascending.length; n++) {
      if (!this.#fine.read(ascending[n], vector)) {
        scores[n] = Number.NEGATIVE_INFINITY
        continue
      }
      let product = 0
      let norm = 0
      for (let j = 0; j < dim; j++) {
        product += vector[j] * query[j]
        norm += vector[j] * vector[j]
      }
      scores[n] = metric === 'l2' ? 2 * product - norm - queryNorm : product
    }
    const best = topK(scores, k)
    return { items: best.map((n) => ascending[n]), scores: Float32Array.from(best, (n) => scores[n]) }
  }
}
