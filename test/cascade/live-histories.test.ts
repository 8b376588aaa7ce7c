/** @file Live histories against a plain list of all touches. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LiveHistories } from '../../src/cascade/live-histories.ts'
import type { Histories } from '../../src/cascade/snapshot.ts'

/** User 0 has touched items 3, 1, 4 at 10, 20, 30; user 1 nothing. */
const fitted: Histories = {
  items: { rows: 2, columns: 10, offsets: Uint32Array.of(0, 3, 3), targets: Uint32Array.of(3, 1, 4) },
  times: Float64Array.of(10, 20, 30),
}
const pairs = ({ items, times }: { items: Uint32Array; times: Float64Array }) =>
  Array.from(items, (item, k) => [item, times[k]!])

test('a history is every distinct item by its last touch, the snapshot first', () => {
  const touches = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 31, max: 99 })), { maxLength: 30 })
  fc.assert(
    fc.property(touches, fc.constantFrom(0, 1, -1), (given, index) => {
      const histories = new LiveHistories(fitted)
      for (const [item, time] of given) histories.touch('u', item, time)
      const all: [number, number][] = index === 0 ? [[3, 10], [1, 20], [4, 30], ...given] : given
      const expected = all.filter(([item], k) => !all.slice(k + 1).some(([later]) => later === item))
      assert.deepEqual(pairs(histories.of('u', index)), expected)
    }),
  )
})

test('what one user does changes nothing for another', () => {
  const histories = new LiveHistories(fitted)
  histories.touch('somebody', 5, 40)
  assert.deepEqual(pairs(histories.of('u', 0)), [
    [3, 10],
    [1, 20],
    [4, 30],
  ])
  assert.equal(histories.knows('u'), false)
  assert.equal(histories.knows('somebody'), true)
  assert.deepEqual(pairs(histories.of('nobody', -1)), [])
})

test('the answer is a copy: whoever writes into it does not write into the snapshot', () => {
  const histories = new LiveHistories(fitted)
  histories.of('u', 0).items.fill(9)
  assert.deepEqual([...histories.of('u', 0).items], [3, 1, 4])
})

test('a user who touches more and more keeps the latest five hundred', () => {
  const histories = new LiveHistories({
    items: { rows: 0, columns: 2000, offsets: Uint32Array.of(0), targets: new Uint32Array(0) },
    times: new Float64Array(0),
  })
  for (let item = 0; item < 1200; item++) histories.touch('u', item, item)
  const { items } = histories.of('u', -1)
  assert.equal(items.length, 500)
  assert.equal(items[0], 700)
  assert.equal(items.at(-1), 1199)
})
