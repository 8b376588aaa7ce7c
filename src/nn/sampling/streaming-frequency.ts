/**
 * @file How often items are met in a stream of batches, without counting all of it (Yi et al. 2019, "Sampling-bias-corrected
 * neural modeling for large corpus item recommendations", algorithm 2, and section 3.2 for several hashes): for each slot of a hash
 * table, the step in which it was last met and the mean gap between such steps. It follows frequencies that drift.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { hashedRows } from '../embeddings/hashed.ts'
import type { RowMapping } from '../embeddings/row-mapping.ts'

export interface StreamingFrequencyOptions {
  /** Slots of each hash table. */
  slots: number
  /** Items that share a slot seem more frequent than they are; of several tables the longest gap counts. 1 when left out. */
  hashes?: number
  /** α: a gap's share of the mean. Smaller ones are steadier and follow a drift later; 0.01 when left out, as in the paper. */
  rate?: number
}

export class StreamingFrequency {
  readonly #rowsOf: RowMapping
  readonly #rate: number
  /** A: the step in which a slot was last met. */
  readonly #last: Float64Array
  /** B: the mean gap between steps in which it is met. */
  readonly #gaps: Float64Array
  #step = 0

  /** @throws InvalidOptionError unless 0 < rate ≤ 1 */
  constructor({ slots, hashes = 1, rate = 0.01 }: StreamingFrequencyOptions) {
    if (!(rate > 0 && rate <= 1)) throw new InvalidOptionError('rate', rate, 'a number in (0, 1]')
    this.#rowsOf = hashedRows(slots, { lookups: hashes })
    this.#rate = rate
    this.#last = new Float64Array(slots * hashes)
    this.#gaps = new Float64Array(slots * hashes)
  }

  /** One step: the items of one batch, each of which counts once. */
  observe(items: ArrayLike<number>): void {
    this.#step++
    for (const slot of this.#slotsOf(items)) {
      const gap = this.#step - this.#last[slot]!
      if (gap === 0) continue
      this.#gaps[slot]! += this.#rate * (gap - this.#gaps[slot]!)
      this.#last[slot] = this.#step
    }
  }

  /** @returns the probability that a batch has the item; 0 for one that was never met */
  probability(item: number): number {
    const gap = Math.max(...this.#slotsOf([item]).map((slot) => this.#gaps[slot]!))
    // The first gaps pull the mean up from 0: until then it can be shorter than a step.
    return gap === 0 ? 0 : Math.min(1, 1 / gap)
  }

  /** One slot in each table, item by item. */
  #slotsOf(items: ArrayLike<number>): number[] {
    const rows = this.#rowsOf.map(Uint32Array.from(items))
    return Array.from(rows, (row, k) => row + (k % this.#rowsOf.lookups) * this.#rowsOf.rows)
  }
}
