/** @file Orders of rows and ids against comparison sorts. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { stringAt, stringColumn } from '../../src/base/string-column.ts'
import { ascendingOrder, idOrder, orderBy, reorderStrings } from '../../src/data/order.ts'

/** The same order by comparing; NaN before everything, ties by row. */
function slowOrder(values: readonly number[]): number[] {
  const key = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value)
  return values
    .map((_, row) => row)
    .sort((a, b) => {
      const missing = Number(Number.isNaN(values[b])) - Number(Number.isNaN(values[a]))
      if (missing !== 0) return missing
      const [x, y] = [key(values[a]), key(values[b])]
      return x < y ? -1 : x > y ? 1 : a - b
    })
}

const number = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  // Neighbours that differ in their last bits only, on either side of zero.
  fc.integer({ min: -4, max: 4 }).map((step) => -1 + step * Number.EPSILON),
  fc.integer({ min: -4, max: 4 }).map((step) => 1 + step * Number.EPSILON),
  // Zero of either sign is one moment, but two bit patterns: times never are −0.
  fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.constant(Number.NaN),
  fc.constant(Number.NEGATIVE_INFINITY),
)

test('rows come out by value, NaN first, ties in their order', () => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 60 }), (values) => {
      assert.deepEqual([...ascendingOrder(Float64Array.from(values))], slowOrder(values))
    }),
    { numRuns: 300 },
  )
})

test('ties of the first column are settled by the second', () => {
  const first = [2, 1, 2, 1, 2]
  const second = [5, Number.POSITIVE_INFINITY, 4, 0, 5]
  assert.deepEqual([...orderBy(5, [first, second])], [3, 1, 2, 0, 4])
})

test('ids that are all whole numbers are ordered by value, others by text', () => {
  const ordered = (ids: string[]) => [...idOrder(stringColumn(ids))].map((row) => ids[row])
  assert.deepEqual(ordered(['10', '9', '0', '100000000000000']), ['0', '9', '10', '100000000000000'])
  assert.deepEqual(ordered(['10', '9', 'a']), ['10', '9', 'a'])
  // "007" is not the way a number is written, so the whole column is text.
  assert.deepEqual(ordered(['10', '9', '007']), ['007', '10', '9'])
})

test('a reordered text column reads like its rows in that order', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 20 }), (texts) => {
      const order = idOrder(stringColumn(texts))
      const column = reorderStrings(stringColumn(texts), order)
      const read = Array.from({ length: texts.length }, (_, k) => stringAt(column, k))
      assert.deepEqual(
        read,
        [...order].map((row) => texts[row]),
      )
    }),
  )
})
