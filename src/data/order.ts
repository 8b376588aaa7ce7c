/** @file Orders: rows by a column of numbers (radix sort), ids as a person would sort them, and columns put in a new order. */

import { sharedUint8, sharedUint32 } from '../base/shared.ts'
import { type StringColumn, stringAt } from '../base/string-column.ts'

const DIGIT = 16
const DIGITS = 64 / DIGIT
const BUCKETS = 1 << DIGIT

/**
 * Rows by ascending value; equal values keep their order. Radix sort over the bits of the numbers, which order like
 * unsigned integers once the sign is folded in: linear in the rows, and exact for every float.
 *
 * @param values length n; NaN comes before everything else
 * @returns a permutation of 0 … n − 1
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const count = values.length
  let order = new Uint32Array(count)
  for (let k = 0; k < count; k++) order[k] = k
  if (isAscending(values)) return order
  const keys = sortableBits(values)
  let other = new Uint32Array(count)
  const starts = new Uint32Array(BUCKETS + 1)
  for (let digit = 0; digit < DIGITS; digit++) {
    // Little-endian: the 16-bit words of a 64-bit key come lowest first.
    starts.fill(0)
    for (let k = 0; k < count; k++) starts[keys[k * DIGITS + digit] + 1]++
    if (starts[keys[digit] + 1] === count) continue
    for (let b = 0; b < BUCKETS; b++) starts[b + 1] += starts[b]
    for (let k = 0; k < count; k++) {
      const row = order[k]
      other[starts[keys[row * DIGITS + digit]]++] = row
    }
    ;[order, other] = [other, order]
  }
  return order
}

/** Rows 0 … `rows` − 1 by ascending first column, ties by the second, and so on. */
export function orderBy(rows: number, columns: readonly ArrayLike<number>[]): Uint32Array {
  let order: Uint32Array = Uint32Array.from({ length: rows }, (_, k) => k)
  for (const column of columns.toReversed()) {
    const next = ascendingOrder(gather(column, order, new Float64Array(rows)))
    order = gather(order, next, next)
  }
  return order
}

function isAscending(values: Float64Array): boolean {
  for (let k = 1; k < values.length; k++) if (!(values[k - 1] <= values[k])) return false
  return values.length < 2 || !Number.isNaN(values[0])
}

/** The numbers' bits so that comparing words compares numbers; four 16-bit words each. NaN becomes the smallest key. */
function sortableBits(values: Float64Array): Uint16Array {
  const bits = new Float64Array(values)
  const words = new Uint32Array(bits.buffer)
  for (let k = 0; k < values.length; k++) {
    const high = words[2 * k + 1]
    if (Number.isNaN(values[k])) {
      words[2 * k] = 0
      words[2 * k + 1] = 0
    } else if (high >>> 31) {
      words[2 * k] = ~words[2 * k]
      words[2 * k + 1] = ~high
    } else {
      words[2 * k + 1] = high | 0x80000000
    }
  }
  return new Uint16Array(bits.buffer)
}

/** Whether an id is a whole number written the plain way, small enough for a double to hold exactly. */
const INTEGER_ID = /^(0|[1-9]\d{0,14})$/

/** The number that an id is, NaN for every other text. "007" is a text. */
export function integerId(id: string): number {
  return INTEGER_ID.test(id) ? Number(id) : Number.NaN
}

/**
 * Rows in the order of their ids: by value when all of them are whole numbers, else by their UTF-16 code units.
 *
 * @returns row numbers, smallest id first
 */
export function idOrder(ids: StringColumn): Uint32Array {
  const values = new Float64Array(ids.length)
  let numeric = true
  for (let k = 0; k < ids.length && numeric; k++) {
    values[k] = integerId(stringAt(ids, k))
    numeric = !Number.isNaN(values[k])
  }
  if (numeric) return ascendingOrder(values)
  const texts = Array.from({ length: ids.length }, (_, k) => stringAt(ids, k))
  const order = Uint32Array.from(texts, (_, k) => k)
  return order.sort((a, b) => (texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : a - b))
}

/** Row k of the result is row `order[k]` of the column. */
export function reorderStrings(column: StringColumn, order: Uint32Array): StringColumn {
  const offsets = sharedUint32(order.length + 1)
  for (let k = 0; k < order.length; k++) {
    offsets[k + 1] = offsets[k] + column.offsets[order[k] + 1] - column.offsets[order[k]]
  }
  const bytes = sharedUint8(offsets[order.length])
  for (let k = 0; k < order.length; k++) {
    bytes.set(column.bytes.subarray(column.offsets[order[k]], column.offsets[order[k] + 1]), offsets[k])
  }
  return { length: order.length, offsets, bytes }
}

/** Writes `values[order[k]]` to `out[k]`; `out` may be `order` itself. */
export function gather<T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(
  values: ArrayLike<number>,
  order: Uint32Array,
  out: T,
): T {
  for (let k = 0; k < order.length; k++) out[k] = values[order[k]]
  return out
}
