/**
 * @file Clicks and expected clicks by key at several half-lives, in bounded memory: a key gets an entry once it has come by
 * often enough, and when all entries are taken the one with the fewest expected clicks goes.
 */

import { type CountMinSketch, countMinSketch, countOnce } from './count-min-sketch.ts'
import { decayed } from './decay.ts'
import { EntryHeap } from './entry-heap.ts'
import { type CounterKey, hashKey, KeyTable } from './key-table.ts'

export interface CounterTableOptions {
  /** Keys that have counters at most. */
  capacity: number
  /** ms; Infinity never forgets. */
  halfLives: readonly number[]
  /** Times that a key comes by before it gets an entry. */
  admission: number
}

/** Everything that a table holds; only the first `size` entries count. */
export interface CounterColumns {
  size: number
  /** Entries × (arm, query, item). */
  keys: Uint32Array
  /** When each entry was last touched, ms. */
  times: Float64Array
  /** Entries × half-lives × (clicks, expected clicks), as of `times`. */
  values: Float64Array
  sketch: CountMinSketch
}

export class CounterTable {
  readonly options: CounterTableOptions
  readonly #keys: KeyTable
  readonly #times: Float64Array
  readonly #values: Float64Array
  readonly #heap: EntryHeap
  readonly #sketch: CountMinSketch
  /** Position of the half-life by which the fewest expected clicks are told. */
  readonly #judge: number

  /** @param held what a table held before, as `columns` gives it */
  constructor(options: CounterTableOptions, held?: CounterColumns) {
    const { capacity, halfLives } = options
    this.options = options
    this.#keys = new KeyTable(capacity)
    this.#times = new Float64Array(capacity)
    this.#values = new Float64Array(capacity * halfLives.length * 2)
    this.#heap = new EntryHeap(capacity)
    this.#sketch = held ? { ...held.sketch, cells: held.sketch.cells.slice() } : countMinSketch(capacity)
    this.#judge = longestFinite(halfLives)
    if (held) this.#restore(held)
  }

  get size(): number {
    return this.#keys.size
  }

  columns(): CounterColumns {
    const { size } = this
    return {
      size,
      keys: this.#keys.keys.slice(0, size * 3),
      times: this.#times.slice(0, size),
      values: this.#values.slice(0, size * this.options.halfLives.length * 2),
      sketch: { ...this.#sketch, cells: this.#sketch.cells.slice() },
    }
  }

  /** Adds to a key's counters, if it has an entry or gets one now; events may come late. */
  add(key: CounterKey, clicks: number, expected: number, time: number): void {
    let entry = this.#keys.find(key)
    if (entry < 0) {
      if (countOnce(this.#sketch, hashKey(key)) < this.options.admission) return
      entry = this.#admit(key, time)
    }
    this.#addTo(entry, clicks, expected, time)
  }

  /**
   * Reads a key's counters as of a moment.
   *
   * @param out written from `at`: clicks and expected clicks of every half-life in turn; 0 for unknown keys
   */
  read(key: CounterKey, time: number, out: Float64Array, at = 0): void {
    const { halfLives } = this.options
    const entry = this.#keys.find(key)
    if (entry < 0) {
      out.fill(0, at, at + halfLives.length * 2)
      return
    }
    const elapsed = Math.max(0, time - this.#times[entry]!)
    for (let h = 0, from = entry * halfLives.length * 2; h < halfLives.length; h++, from += 2, at += 2) {
      const left = decayed(1, elapsed, halfLives[h]!)
      out[at] = this.#values[from]! * left
      out[at + 1] = this.#values[from + 1]! * left
    }
  }

  /** Adds all counters of one arm to another's, where that has or gets entries: what is done when an arm is launched. */
  mergeArm(from: number, into: number): void {
    const width = this.options.halfLives.length * 2
    const taken = this.columns()
    for (let entry = 0; entry < taken.size; entry++) {
      if (taken.keys[entry * 3] !== from) continue
      const time = taken.times[entry]!
      const key = { arm: into, query: taken.keys[entry * 3 + 1]!, item: taken.keys[entry * 3 + 2]! }
      const known = this.#keys.find(key)
      const target = known < 0 ? this.#admit(key, time) : known
      this.#moveTo(target, time)
      const behind = this.#times[target]! - time
      for (let cell = 0; cell < width; cell++) {
        const value = taken.values[entry * width + cell]!
        this.#values[target * width + cell]! += decayed(value, behind, this.options.halfLives[cell >> 1]!)
      }
      this.#heap.update(target, this.#rankOf(target))
    }
  }

  /** An entry for a key that has none: an unused one, or that of the key with the fewest expected clicks. */
  #admit(key: CounterKey, time: number): number {
    if (this.#keys.size < this.options.capacity) {
      const entry = this.#keys.add(key)
      this.#times[entry] = time
      this.#heap.add(Number.NEGATIVE_INFINITY)
      return entry
    }
    const entry = this.#heap.smallest
    this.#keys.replace(entry, key)
    const width = this.options.halfLives.length * 2
    this.#values.fill(0, entry * width, (entry + 1) * width)
    this.#times[entry] = time
    return entry
  }

  #addTo(entry: number, clicks: number, expected: number, time: number): void {
    const { halfLives } = this.options
    this.#moveTo(entry, time)
    const late = this.#times[entry]! - time
    for (let h = 0, at = entry * halfLives.length * 2; h < halfLives.length; h++, at += 2) {
      const left = decayed(1, late, halfLives[h]!)
      this.#values[at]! += clicks * left
      this.#values[at + 1]! += expected * left
    }
    this.#heap.update(entry, this.#rankOf(entry))
  }

  /** Decays an entry to a moment; a moment before its own changes nothing. */
  #moveTo(entry: number, time: number): void {
    const elapsed = time - this.#times[entry]!
    if (elapsed <= 0) return
    const { halfLives } = this.options
    for (let h = 0, at = entry * halfLives.length * 2; h < halfLives.length; h++, at += 2) {
      const left = decayed(1, elapsed, halfLives[h]!)
      this.#values[at]! *= left
      this.#values[at + 1]! *= left
    }
    this.#times[entry] = time
  }

  /** The logarithm of the expected clicks as of the year 1970: it orders entries, and time passing does not change it. */
  #rankOf(entry: number): number {
    const { halfLives } = this.options
    const expected = this.#values[(entry * halfLives.length + this.#judge) * 2 + 1]!
    return Math.log2(expected) + this.#times[entry]! / halfLives[this.#judge]!
  }

  #restore({ size, keys, times, values }: CounterColumns): void {
    this.#times.set(times.subarray(0, size))
    this.#values.set(values.subarray(0, size * this.options.halfLives.length * 2))
    for (let entry = 0; entry < size; entry++) {
      const at = entry * 3
      this.#keys.add({ arm: keys[at]!, query: keys[at + 1]!, item: keys[at + 2]! })
      this.#heap.add(this.#rankOf(entry))
    }
  }
}

/** By a counter that never forgets, what was once shown a lot would stay for ever. */
function longestFinite(halfLives: readonly number[]): number {
  let longest = 0
  halfLives.forEach((halfLife, h) => {
    const best = halfLives[longest]!
    if (halfLife !== Number.POSITIVE_INFINITY && (best === Number.POSITIVE_INFINITY || halfLife > best))
      longest = h
  })
  return longest
}
