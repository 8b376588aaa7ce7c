/**
 * @file The best k of rows that are offered in ascending order, for one query: a buffer that is cut back to k whenever it
 * is full, which raises the threshold that the next rows must pass.
 *
 * Scores are compared as whole numbers that sort like them, so that selecting and sorting need counting only.
 */

import type { Neighbours } from './neighbours.ts'
import { sortRows } from './sort-rows.ts'

/** The buffer is cut back from so many above k at least. */
const SPARE = 256
const FIRST_LENGTH = 4096
/** Shorter lists are copied one by one. */
const COPY_LEAST = 24

/** Digits of a key, from the lowest: shift and number of bits. Few long ones for long lists, which they pass less often. */
const LONG_DIGITS = [
  { shift: 0, bits: 11 },
  { shift: 11, bits: 11 },
  { shift: 22, bits: 10 },
]
const SHORT_DIGITS = [0, 8, 16, 24].map((shift) => ({ shift, bits: 8 }))
const LONG_LIST = 4096

const counts = new Uint32Array(2048)
const score = new Float32Array(1)
const scoreBits = new Int32Array(score.buffer)

export class BestRows {
  #k = 1
  #most = 1
  #floor = Number.NEGATIVE_INFINITY
  #rows = new Uint32Array(SPARE)
  #keys = new Uint32Array(SPARE)
  #size = 0
  /** Only higher scores are worth offering. */
  threshold = Number.NEGATIVE_INFINITY

  /**
   * Forgets all rows.
   *
   * @param k rows wanted, ≥ 1
   * @param floor rows with a lower score are not wanted
   */
  begin(k: number, floor = Number.NEGATIVE_INFINITY): void {
    this.#k = k
    this.#most = k + Math.max(k, SPARE)
    this.#size = 0
    this.#floor = below(floor)
    this.threshold = this.#floor
  }

  /**
   * @param rows ascending, and larger than all before
   * @param keys of their scores, each above the threshold
   * @param from,to part of both that is offered
   */
  offer(rows: Uint32Array, keys: Uint32Array, from: number, to: number): void {
    if (to - from >= COPY_LEAST && this.#size + (to - from) <= this.#rows.length) {
      this.#rows.set(rows.subarray(from, to), this.#size)
      this.#keys.set(keys.subarray(from, to), this.#size)
      this.#size += to - from
      return
    }
    for (let n = from; n < to; n++) {
      if (this.#size >= this.#most || this.#size === this.#rows.length) this.#makeRoom()
      this.#rows[this.#size] = rows[n]
      this.#keys[this.#size++] = keys[n]
    }
  }

  /** Rows offered so far, at most k, best first. */
  finish(): Neighbours {
    const { rows, keys } = sortRows({
      rows: this.#rows.subarray(0, this.#size),
      keys: this.#keys.subarray(0, this.#size),
    })
    const size = Math.min(this.#k, this.#size)
    const found = { items: rows.slice(0, size), scores: new Float32Array(size) }
    const bits = new Int32Array(found.scores.buffer)
    for (let n = 0; n < size; n++) bits[n] = bitsOf(keys[n])
    return found
  }

  #makeRoom(): void {
    if (this.#size >= this.#most) {
      this.#cut()
      return
    }
    const length = Math.min(this.#most, Math.max(FIRST_LENGTH, 2 * this.#rows.length))
    this.#rows = grown(this.#rows, length)
    this.#keys = grown(this.#keys, length)
  }

  /** Keeps the k best, in the order they came. */
  #cut(): void {
    const [worst, ties] = kthLargest(this.#keys.subarray(0, this.#size), this.#k)
    const rows = this.#rows
    const keys = this.#keys
    let kept = 0
    let left = ties
    for (let n = 0; n < this.#size; n++) {
      const key = keys[n]
      if (key < worst || (key === worst && left-- <= 0)) continue
      rows[kept] = rows[n]
      keys[kept++] = key
    }
    this.#size = kept
    this.threshold = Math.max(this.#floor, scoreOf(worst))
  }
}

/** A whole number that sorts like the score: larger is better; −0 counts as 0. */
export function keyOf(value: number): number {
  score[0] = value + 0
  const bits = scoreBits[0]
  return (bits < 0 ? ~bits : bits | 0x80000000) >>> 0
}

function scoreOf(key: number): number {
  scoreBits[0] = bitsOf(key)
  return score[0]
}

const bitsOf = (key: number) => (key >= 0x80000000 ? key & 0x7fffffff : ~key)

/** The largest float32 below a value. */
const below = (value: number) => (value === Number.NEGATIVE_INFINITY ? value : scoreOf(keyOf(value) - 1))

/** @returns the k-th largest key, and how many keys equal to it are among the k largest */
function kthLargest(keys: Uint32Array, k: number): [key: number, ties: number] {
  let wanted = k
  let prefix = 0
  let known = 0
  const digits = digitsFor(keys.length)
  for (let digit = digits.length - 1; digit >= 0; digit--) {
    const { shift, bits } = digits[digit]
    const mask = (1 << bits) - 1
    counts.fill(0, 0, mask + 1)
    for (let n = 0; n < keys.length; n++)
      if (((keys[n] ^ prefix) & known) === 0) counts[(keys[n] >>> shift) & mask]++
    let value = mask
    while (counts[value] < wanted) wanted -= counts[value--]
    prefix = (prefix | (value << shift)) >>> 0
    known |= mask << shift
  }
  return [prefix, wanted]
}

const digitsFor = (length: number) => (length < LONG_LIST ? SHORT_DIGITS : LONG_DIGITS)

function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(array)
  return larger
}
