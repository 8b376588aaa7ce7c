/**
 * @file How often items are met in a stream, without counting all of it (Yi et al. 2019, "Sampling-bias-corrected neural modeling
 * for large corpus item recommendations", algorithm 2, and section 3.2 for several hashes): for each slot of a hash table, the
 * step in which it was last met and the mean gap between such steps. It follows frequencies that drift.
 *
 * The mean of an item's first gaps is a plain one. Published is a mean that begins at 0 and moves by α: an item met five times
 * then seems twenty times as frequent as it is, and most items of a catalogue are rare ones.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { hashedRows } from '../embeddings/hashed.ts'
import type { RowMapping } from '../embeddings/row-mapping.ts'

export interface StreamingFrequencyOptions {
  /** Slots of each hash table. */
  slots: number
  /** Items that share a slot seem more frequent than they are; of several tables the longest gap counts. 1 when left out. */
  hashes?: number
  /**
   * α: a gap's share of the mean, once there are 1/α gaps. Smaller ones are steadier and follow a drift later; 0.01 when left
   * out, as in the paper.
   */
  rate?: number
}

export class StreamingFrequency {
  /** All that estimates depend on. */
  readonly state: {
    /** A: the step in which a slot was last met. */
    readonly last: Float64Array
    /** B: the mean gap between steps in which it is met. */
    readonly gaps: Float64Array
    /** How many gaps there were. */
    readonly counts: Float64Array
    /** Steps so far. */
    readonly step: Float64Array
  }
  readonly #rowsOf: RowMapping
  readonly #rate: number

  /** @throws InvalidOptionError unless 0 < rate ≤ 1 */
  constructor({ slots, hashes = 1, rate = 0.01 }: StreamingFrequencyOptions) {
    if (!(rate > 0 && rate <= 1)) throw new InvalidOptionError('rate', rate, 'a number in (0, 1]')
    this.#rowsOf = hashedRows(slots, { lookups: hashes })
    this.#rate = rate
    const all = () => new Float64Array(slots * hashes)
    this.state = { last: all(), gaps: all(), counts: all(), step: new Float64Array(1) }
  }

  /** One step: the items of one batch, each of which counts once. */
  observe(items: ArrayLike<number>): void {
    this.state.step[0]!++
    for (const slot of this.#slotsOf(items)) this.#meet(slot)
  }

  /** A step for each of the items: then an item of a batch counts as often as it is there. */
  observeEach(items: ArrayLike<number>): void {
    const { lookups } = this.#rowsOf
    this.#slotsOf(items).forEach((slot, k) => {
      if (k % lookups === 0) this.state.step[0]!++
      this.#meet(slot)
    })
  }

  /** @returns the probability that a step has the item; 0 for one that was never met */
  probability(item: number): number {
    return this.probabilities([item], new Float64Array(1))[0]!
  }

  /** Those of many items, into `out`. */
  probabilities<Out extends Float32Array | Float64Array>(items: ArrayLike<number>, out: Out): Out {
    const { lookups } = this.#rowsOf
    const slots = this.#slotsOf(items)
    for (let k = 0; k < items.length; k++) {
      let longest = 0
      for (let at = k * lookups; at < (k + 1) * lookups; at++)
        // What was met has a gap in all of its slots: one without says that only others that share the rest were met.
        longest = Math.max(longest, this.state.gaps[slots[at]!]! || Number.POSITIVE_INFINITY)
      out[k] = 1 / longest
    }
    return out
  }

  #meet(slot: number): void {
    const { last, gaps, counts, step } = this.state
    const gap = step[0]! - last[slot]!
    if (gap === 0) return
    counts[slot]!++
    gaps[slot]! += Math.max(this.#rate, 1 / counts[slot]!) * (gap - gaps[slot]!)
    last[slot] = step[0]!
  }

  /** One slot in each table, item by item. */
  #slotsOf(items: ArrayLike<number>): Uint32Array {
    const { lookups, rows } = this.#rowsOf
    const slots = this.#rowsOf.map(Uint32Array.from(items))
    for (let k = 0; k < slots.length; k++) slots[k]! += (k % lookups) * rows
    return slots
  }
}
