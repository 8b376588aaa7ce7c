/**
 * @file MemBoost (Liu et al. 2017, section 4.3): remembers what worked, as clicks over the clicks that the place alone would
 * have brought; per query and item, and per item; each arm of an experiment for itself, or all together.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { type CounterColumns, CounterTable } from './counter-table.ts'
import { type CounterOptions, counterOptions } from './options.ts'

/** Stands for the query in counters of an item whatever the query. */
export const ANY_QUERY = 0xffffffff

const DAY_MS = 24 * 60 * 60 * 1000
/** The arm of all where arms share. */
const EVERYBODY = 0

/** (C + α) / (E + α): 1 = as the place lets expect, whatever the number of impressions. */
export function clicksOverExpected(clicks: number, expected: number, smoothing: number): number {
  return (clicks + smoothing) / (expected + smoothing)
}

export class MemBoost {
  readonly options: CounterOptions
  readonly #table: CounterTable
  readonly #read: Float64Array

  /**
   * @param options what is left out takes the declared defaults
   * @param held what counters held before, as `columns` gives it
   * @throws InvalidOptionError when the score's half-life is not among them
   */
  constructor(options: Partial<CounterOptions> = {}, held?: CounterColumns) {
    this.options = counterOptions.parse(options)
    const { capacity, admission, halfLives, scoreHalfLife } = this.options
    if (scoreHalfLife >= halfLives.length) {
      throw new InvalidOptionError(
        'scoreHalfLife',
        scoreHalfLife,
        `below ${halfLives.length}, the half-lives given`,
      )
    }
    const halfLivesMs = halfLives.map((days) => (days === null ? Number.POSITIVE_INFINITY : days * DAY_MS))
    this.#table = new CounterTable({ capacity, admission, halfLives: halfLivesMs }, held)
    this.#read = new Float64Array(halfLives.length * 2)
  }

  /** Keys that have counters. */
  get size(): number {
    return this.#table.size
  }

  columns(): CounterColumns {
    return this.#table.columns()
  }

  /**
   * An item was shown.
   *
   * @param query item index, or another number that stands for what was asked; ANY_QUERY where nothing was
   * @param expected clicks that its place on this surface brings on average, from randomised traffic and in the unit of
   *   the actions' weights
   * @param time ms
   */
  impression(arm: number, query: number, item: number, expected: number, time: number): void {
    this.#add(arm, query, item, 0, expected, time)
  }

  /** Something was done with an item that had been shown. */
  action(arm: number, query: number, item: number, kind: string, time: number): void {
    const weight = this.options.actions[kind] ?? 0
    if (weight > 0) this.#add(arm, query, item, weight, 0, time)
  }

  /** What to add to the score of an item: the weighed logarithm of clicks over expected clicks, of pair and item both. */
  addend(arm: number, query: number, item: number, time: number): number {
    const { weight, smoothing, scoreHalfLife } = this.options
    const at = scoreHalfLife * 2
    let sum = 0
    this.#readInto(arm, ANY_QUERY, item, time)
    sum += Math.log(clicksOverExpected(this.#read[at]!, this.#read[at + 1]!, smoothing))
    if (query !== ANY_QUERY) {
      this.#readInto(arm, query, item, time)
      sum += Math.log(clicksOverExpected(this.#read[at]!, this.#read[at + 1]!, smoothing))
    }
    return weight * sum
  }

  /** Names of what `writeFeatures` writes, in its order. */
  featureNames(): string[] {
    const spans = this.options.halfLives.map((days) => (days === null ? 'ever' : `${days}d`))
    return ['pair', 'item'].flatMap((scope) =>
      spans.flatMap((span) =>
        ['clicks', 'expected', 'coec'].map((what) => `counters.${scope}.${what}.${span}`),
      ),
    )
  }

  /** Writes C, E and (C + α) / (E + α) of the pair and of the item, at every half-life. */
  writeFeatures(
    arm: number,
    query: number,
    item: number,
    time: number,
    values: Float32Array,
    at: number,
  ): void {
    for (const scope of [query, ANY_QUERY]) {
      this.#readInto(arm, scope, item, time)
      for (let k = 0; k < this.#read.length; k += 2) {
        const clicks = this.#read[k]!
        const expected = this.#read[k + 1]!
        values[at++] = clicks
        values[at++] = expected
        values[at++] = clicksOverExpected(clicks, expected, this.options.smoothing)
      }
    }
  }

  /** Adds what one arm has learned to another: done when it is launched. */
  mergeArm(from: number, into: number): void {
    if (!this.options.shareArms) this.#table.mergeArm(from, into)
  }

  #add(arm: number, query: number, item: number, clicks: number, expected: number, time: number): void {
    const counted = this.options.shareArms ? EVERYBODY : arm
    this.#table.add({ arm: counted, query: ANY_QUERY, item }, clicks, expected, time)
    if (query !== ANY_QUERY) this.#table.add({ arm: counted, query, item }, clicks, expected, time)
  }

  #readInto(arm: number, query: number, item: number, time: number): void {
    this.#table.read({ arm: this.options.shareArms ? EVERYBODY : arm, query, item }, time, this.#read)
  }
}
