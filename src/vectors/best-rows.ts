/**
 * @file The best k of rows that are offered in ascending order, for one query: a buffer that is cut back to k whenever it
 * is full, which raises the threshold that the next rows must pass.
 *
 * Scores are compared as whole numbers that sort like them, so that selecting and sorting need counting only.
 */

import type { Neighbours } from './neighbours.ts'

/** Digits of a key, from the lowest: shift and number of bits. Few long ones for long lists, which they pass less often. */
const LONG_DIGITS = [
  { shift: 0, bits: 11 },
  { shift: 11, bits: 11 },
  { shift: 22, bits: 10 },
]
const SHORT_DIGITS = [0, 8, 16, 24].map((shift) => ({ shift, bits: 8 }))
const LONG_LIST = 4096
/** Lists so short are sorted by insertion. */
const SHORT_LIST = 32
/** The buffer is cut back from so many above k at least. */
const SPARE = 256
const FIRST_LENGTH = 4096

const counts = new Uint32Array(2048)
const score = new Float32Array(1)
const scoreBits = new Int32Array(score.buffer)

export class BestRows {
  readonly #k: number
  readonly #most: number
  readonly #floor: number
  #rows: Uint32Array
  #keys: Uint32Array
  #size = 0
  /** Only higher scores are worth offering. */
  threshold: number

  /**
   * @param k rows wanted, ≥ 1
   * @param floor rows with a lower score are not wanted
   */
  constructor(k: number, floor = Number.NEGATIVE_INFINITY) {
    this.#k = k
    this.#most = k + Math.max(k, SPARE)
    this.#floor = below(floor)
    this.threshold = this.#floor
    const length = Math.min(this.#most, FIRST_LENGTH)
    this.#rows = new Uint32Array(length)
    this.#keys = new Uint32Array(length)
  }

  /**
   * @param rows ascending, and larger than all before
   * @param scores as float32 bits; every one above the threshold
   */
  offer(rows: Uint32Array, scores: Int32Array, from: number, to: number): void {
    for (let n = from; n < to; n++) {
      if (this.#size === this.#rows.length) this.#makeRoom()
      this.#rows[this.#size] = rows[n]
      this.#keys[this.#size++] = keyOf(scores[n])
    }
  }

  /** Rows offered so far, at most k, best first. */
  finish(): Neighbours {
    if (this.#size > this.#k) this.#cut()
    const size = this.#size
    let rows = this.#rows.subarray(0, size)
    let keys = this.#keys.subarray(0, size)
    if (size <= SHORT_LIST) sortShort(rows, keys)
    else [rows, keys] = sortByCounting(rows, keys)
    const found = { items: rows.slice(), scores: new Float32Array(size) }
    const bits = new Int32Array(found.scores.buffer)
    for (let n = 0; n < size; n++) bits[n] = bitsOf(keys[n])
    return found
  }

  #makeRoom(): void {
    const length = Math.min(this.#most, 2 * this.#rows.length)
    if (length > this.#rows.length) {
      this.#rows = grown(this.#rows, length)
      this.#keys = grown(this.#keys, length)
    } else {
      this.#cut()
    }
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
    scoreBits[0] = bitsOf(worst)
    this.threshold = Math.max(this.#floor, score[0])
  }
}

/** Sorts like the score: larger is better; −0 is 0. */
function keyOf(bits: number): number {
  if (bits === -0x80000000) return 0x80000000
  return (bits < 0 ? ~bits : bits | 0x80000000) >>> 0
}

function bitsOf(key: number): number {
  return key >= 0x80000000 ? key & 0x7fffffff : ~key
}

/** The largest float32 below a value. */
function below(value: number): number {
  if (value === Number.NEGATIVE_INFINITY) return value
  score[0] = value
  scoreBits[0] = bitsOf(keyOf(scoreBits[0]) - 1)
  return score[0]
}

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

function sortShort(rows: Uint32Array, keys: Uint32Array): void {
  for (let n = 1; n < rows.length; n++) {
    const row = rows[n]
    const key = keys[n]
    let hole = n
    for (; hole > 0 && keys[hole - 1] < key; hole--) {
      rows[hole] = rows[hole - 1]
      keys[hole] = keys[hole - 1]
    }
    rows[hole] = row
    keys[hole] = key
  }
}

/** Largest key first; rows with one key keep their order. */
function sortByCounting(rows: Uint32Array, keys: Uint32Array): [rows: Uint32Array, keys: Uint32Array] {
  let fromRows = rows
  let fromKeys = keys
  let toRows: Uint32Array = new Uint32Array(rows.length)
  let toKeys: Uint32Array = new Uint32Array(rows.length)
  for (const { shift, bits } of digitsFor(keys.length)) {
    const mask = (1 << bits) - 1
    counts.fill(0, 0, mask + 1)
    for (let n = 0; n < fromKeys.length; n++) counts[(fromKeys[n] >>> shift) & mask]++
    for (let value = mask, start = 0; value >= 0; value--) {
      const size = counts[value]
      counts[value] = start
      start += size
    }
    for (let n = 0; n < fromKeys.length; n++) {
      const at = counts[(fromKeys[n] >>> shift) & mask]++
      toRows[at] = fromRows[n]
      toKeys[at] = fromKeys[n]
    }
    ;[fromRows, fromKeys, toRows, toKeys] = [toRows, toKeys, fromRows, fromKeys]
  }
  return [fromRows, fromKeys]
}

const digitsFor = (length: number) => (length < LONG_LIST ? SHORT_DIGITS : LONG_DIGITS)

function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(array)
  return larger
}
