/** @file Sparse sums of scores: what most sources do with a request's items. Reused from request to request. */

import { type Candidates, emptyCandidates } from './candidates.ts'
import { bestCandidates } from './merge.ts'

/** Scores of few among many items; adding and clearing cost only what was touched. */
export class SparseScores {
  #scores: Float64Array
  #touched: Uint32Array
  #isTouched: Uint8Array
  #count = 0

  /** @param items number of items that can be scored */
  constructor(items: number) {
    this.#scores = new Float64Array(items)
    this.#touched = new Uint32Array(items)
    this.#isTouched = new Uint8Array(items)
  }

  add(item: number, score: number): void {
    if (this.#isTouched[item] === 0) {
      this.#isTouched[item] = 1
      this.#touched[this.#count++] = item
    }
    this.#scores[item]! += score
  }

  /**
   * The best items, ties by index; clears everything for the next request.
   *
   * @param excluded items that are never returned
   */
  take(limit: number, excluded: ArrayLike<number>): Candidates {
    if (this.#count === 0) return emptyCandidates
    const items = this.#touched.slice(0, this.#count).sort()
    for (let k = 0; k < excluded.length; k++) {
      if (excluded[k]! < this.#scores.length) this.#scores[excluded[k]!] = Number.NEGATIVE_INFINITY
    }
    // Plain loops: `from` with a function goes through an iterator, several times slower.
    const scores = new Float32Array(items.length)
    for (let k = 0; k < items.length; k++) {
      const item = items[k]!
      scores[k] = this.#scores[item]!
      this.#scores[item] = 0
      this.#isTouched[item] = 0
    }
    for (let k = 0; k < excluded.length; k++) this.#scores[excluded[k]!] = 0
    this.#count = 0
    return bestCandidates(items, scores, limit)
  }
}
