/**
 * @file Sorts rows by the key of their score, the largest first; rows with one key keep their order.
 *
 * Keys are dealt into about a quarter as many buckets as there are rows, evenly over their range, which leaves a few
 * in each: those are put in order by insertion. Buckets that got many (an outlier stretches the range) are sorted digit by digit.
 */

export interface KeyedRows {
  rows: Uint32Array
  keys: Uint32Array
}

/** Lists so short are sorted by insertion. */
const SHORT_LIST = 32
const BUCKETS_MOST = 2 ** 15
/** Buckets longer than that are not sorted by insertion. */
const BUCKET_MOST = 64
const DIGIT_BITS = 8

let counts = new Uint32Array(256)
let spare: KeyedRows = { rows: new Uint32Array(0), keys: new Uint32Array(0) }

/** @returns the sorted list; it and what was given are overwritten by the next call */
export function sortRows(list: KeyedRows): KeyedRows {
  const { length } = list.rows
  if (length <= SHORT_LIST) {
    insertionSort(list, 0, length)
    return list
  }
  const { keys } = list
  let least = keys[0]
  let most = keys[0]
  for (let n = 1; n < length; n++) {
    const key = keys[n]
    if (key < least) least = key
    if (key > most) most = key
  }
  const buckets = Math.min(BUCKETS_MOST, 2 ** Math.ceil(Math.log2(length / 4)))
  let shift = 0
  while ((most - least) >>> shift >= buckets) shift++
  const used = ((most - least) >>> shift) + 1
  if (counts.length < used) counts = new Uint32Array(buckets)
  const dealt = deal(list, spareFor(length), most, shift, used)
  // Counts are where the next bucket begins by now.
  for (let bucket = 0, from = 0; shift > 0 && bucket < used; bucket++) {
    const to = counts[bucket]
    if (to - from > BUCKET_MOST) bucketSort(dealt, list, from, to, most, shift)
    from = to
  }
  if (shift > 0) insertionSort(dealt, 0, length)
  return dealt
}

/** Moves a list into buckets; `counts` becomes where each of them ends. */
function deal(
  { rows, keys }: KeyedRows,
  to: KeyedRows,
  most: number,
  shift: number,
  used: number,
): KeyedRows {
  const { length } = rows
  const { rows: toRows, keys: toKeys } = to
  const starts = counts
  starts.fill(0, 0, used)
  for (let n = 0; n < length; n++) starts[(most - keys[n]) >>> shift]++
  for (let bucket = 0, start = 0; bucket < used; bucket++) {
    const size = starts[bucket]
    starts[bucket] = start
    start += size
  }
  for (let n = 0; n < length; n++) {
    const at = starts[(most - keys[n]) >>> shift]++
    toRows[at] = rows[n]
    toKeys[at] = keys[n]
  }
  return to
}

function insertionSort({ rows, keys }: KeyedRows, from: number, to: number): void {
  for (let n = from + 1; n < to; n++) {
    const key = keys[n]
    if (keys[n - 1] >= key) continue
    const row = rows[n]
    let hole = n
    for (; hole > from && keys[hole - 1] < key; hole--) {
      rows[hole] = rows[hole - 1]
      keys[hole] = keys[hole - 1]
    }
    rows[hole] = row
    keys[hole] = key
  }
}

const digitCounts = new Uint32Array(2 ** DIGIT_BITS)

/** Sorts a part by the lowest `bits` of most − key, the others being equal; `other` is overwritten there. */
function bucketSort(
  list: KeyedRows,
  other: KeyedRows,
  from: number,
  to: number,
  most: number,
  bits: number,
): void {
  let source = list
  let target = other
  for (let shift = 0; shift < bits; shift += DIGIT_BITS) {
    moveByDigit(source, target, from, to, most, shift)
    const moved = target
    target = source
    source = moved
  }
  if (source === list) return
  list.rows.set(other.rows.subarray(from, to), from)
  list.keys.set(other.keys.subarray(from, to), from)
}

function moveByDigit(
  source: KeyedRows,
  target: KeyedRows,
  from: number,
  to: number,
  most: number,
  shift: number,
): void {
  const mask = digitCounts.length - 1
  digitCounts.fill(0)
  for (let n = from; n < to; n++) digitCounts[((most - source.keys[n]) >>> shift) & mask]++
  for (let value = 0, start = from; value <= mask; value++) {
    const size = digitCounts[value]
    digitCounts[value] = start
    start += size
  }
  for (let n = from; n < to; n++) {
    const at = digitCounts[((most - source.keys[n]) >>> shift) & mask]++
    target.rows[at] = source.rows[n]
    target.keys[at] = source.keys[n]
  }
}

function spareFor(length: number): KeyedRows {
  if (spare.rows.length < length) spare = { rows: new Uint32Array(length), keys: new Uint32Array(length) }
  return { rows: spare.rows.subarray(0, length), keys: spare.keys.subarray(0, length) }
}
