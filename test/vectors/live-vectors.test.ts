/** @file Vectors of items that arrive one by one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { LiveVectors } from '../../src/vectors/live-vectors.ts'

const DIM = 24

test('products are those of the vectors that were put last, by item, as the matrix grows', () => {
  const random = createRandom(5)
  const live = new LiveVectors(DIM)
  const expected = new Map<number, Float32Array>()
  const draw = () => Float32Array.from({ length: DIM }, () => random.float() - 0.5)
  for (let k = 0; k < 300; k++) {
    // Every third time an item that was there, and of two new ones the later first.
    const item = 1000 + (k % 3 === 2 ? k - 2 : k ^ 1)
    const vector = draw()
    live.put(item, vector)
    expected.set(item, vector)
  }
  const query = draw()
  const excluded = [1000, 1004, 7]
  const { items, scores } = live.products(query, excluded)
  const left = [...expected.keys()].filter((item) => !excluded.includes(item)).sort((a, b) => a - b)
  assert.deepEqual([...items], left)
  items.forEach((item, k) => {
    const product = expected.get(item)!.reduce((sum, value, j) => sum + value * query[j]!, 0)
    assert.ok(Math.abs(scores[k]! - product) < 1e-6)
  })
  const passing = live.products(query, excluded, (item) => item % 3 === 0)
  assert.deepEqual(
    [...passing.items],
    left.filter((item) => item % 3 === 0),
  )
  assert.deepEqual(live.get(1003), expected.get(1003))
  assert.equal(live.get(7), undefined)
  assert.equal(live.size, expected.size)
})
