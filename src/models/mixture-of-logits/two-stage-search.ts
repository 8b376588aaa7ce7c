/**
 * @file Search in two stages (the hierarchical h-indexer of Zhai et al. 2023, section 4): a small inner product over all
 * items, in int8, leaves thousands of survivors, and the mixture scores those.
 */

import { allBut } from '../../vectors/all-but.ts'
import { LocalSearch } from '../../vectors/local-search.ts'
import type { Neighbours } from '../../vectors/neighbours.ts'
import { VectorTable } from '../../vectors/vector-table.ts'
import { bestOfAll } from './exhaustive.ts'
import { type Mixture, MixtureScorer } from './scorer.ts'
import { type Side, type Sides, sideAt } from './sides.ts'

/** Not re-entrant: one user at a time. */
export class TwoStageSearch {
  readonly #survivors: number
  readonly #scorer: MixtureScorer
  readonly #table: VectorTable
  readonly #search: LocalSearch

  /** @param survivors items that the mixture scores at most */
  constructor(mixture: Mixture, sides: Sides, survivors: number) {
    this.#survivors = survivors
    this.#scorer = new MixtureScorer(mixture, sides.vectors.count)
    this.#table = new VectorTable({ dim: sides.first.dim, format: 'int8', metric: 'inner-product' })
    this.#table.reserve(sides.first.count)
    for (let item = 0; item < sides.vectors.count; item++) this.put(item, sideAt(sides, item))
    this.#search = new LocalSearch(this.#table)
  }

  /** Sets an item, known or new. */
  put(item: number, side: Side): void {
    this.#scorer.put(item, side)
    this.#table.set(item, side.first)
  }

  /** One more than the largest item. */
  get rows(): number {
    return this.#table.rows
  }

  /** What the first stage leaves of the items that are not excluded, in ascending order. */
  survivors(user: Side, excluded: ArrayLike<number> = []): Uint32Array {
    const { rows } = this
    const k = Math.min(rows, this.#survivors)
    const allowed = excluded.length > 0 ? allBut(excluded, rows) : undefined
    return this.#search.search({ queries: user.first, k, allowed })[0]!.items.sort()
  }

  /** @returns at most k items, best first, ties to the smaller one */
  search(user: Side, k: number, excluded?: ArrayLike<number>): Neighbours {
    if (k <= 0 || this.#table.rows === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) }
    return bestOfAll(this.#scorer, user, this.survivors(user, excluded), k)
  }

  close(): void {
    this.#search.close()
  }
}
