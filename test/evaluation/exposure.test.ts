/** @file Tests of coverage, concentration, novelty and the long tail. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { coverage, gini, longTail, meanShown, selfInformation } from '../../src/evaluation/exposure.ts'

test('the golden Gini of (0, 1, 1, 3, 5) is 0.48, wherever the counts stand', () => {
  assert.equal(gini(Uint32Array.of(3, 0, 5, 1, 1), 5).toFixed(6), '0.480000')
})

test('equal exposure has Gini 0, one item for everybody (n − 1) / n', () => {
  assert.equal(gini(new Uint32Array(8).fill(3), 8), 0)
  assert.equal(gini(Uint32Array.of(0, 0, 7, 0), 4), 0.75)
})

test('items outside the catalogue do not count as never shown', () => {
  assert.equal(gini(Uint32Array.of(2, 0, 2, 0), 2), 0)
  assert.equal(coverage(Uint32Array.of(2, 0, 2, 0), 2), 1)
})

test('Gini is the mean absolute difference over twice the mean', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 12 }), (counts) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      let difference = 0
      for (const a of counts) for (const b of counts) difference += Math.abs(a - b)
      const expected = total === 0 ? 0 : difference / (2 * counts.length * total)
      assert.ok(Math.abs(gini(Uint32Array.from(counts), counts.length) - expected) < 1e-12)
    }),
  )
})

test('an item that half of the users touched carries one bit, an untouched one counts as touched once', () => {
  assert.deepEqual([...selfInformation([4, 0, 8], 8)], [1, 3, 0])
})

test('the long tail is what is left of the catalogue without its most popular fifth', () => {
  const popularity = [5, 9, 1, 1, 3, 7]
  const eligible = Uint8Array.of(1, 0, 1, 1, 1, 1)
  assert.deepEqual([...longTail(popularity, eligible)], [1, 0, 1, 1, 1, 0])
})

test('the mean over what was shown weights items by how often they were shown', () => {
  assert.equal(meanShown([1, 4, 100], Uint32Array.of(3, 1, 0)), 1.75)
  assert.equal(meanShown([1], Uint32Array.of(0)), 0)
})
