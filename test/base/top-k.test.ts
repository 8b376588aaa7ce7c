/** @file topK against a full sort. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { topK } from '../../src/base/top-k.ts'

function topKReference(scores: readonly number[], k: number): number[] {
  return scores
    .map((_, index) => index)
    .filter((index) => scores[index]! > Number.NEGATIVE_INFINITY)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, k)
}

test('selects what a full sort selects, ties to the smaller index', () => {
  const score = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constant(Number.NaN),
    fc.constant(Number.NEGATIVE_INFINITY),
  )
  fc.assert(
    fc.property(fc.array(score, { maxLength: 60 }), fc.integer({ min: 0, max: 70 }), (scores, k) => {
      assert.deepEqual(Array.from(topK(scores, k)), topKReference(scores, k))
    }),
  )
})

test('float32 scores of either sign, of which many are wanted, come in the same order', () => {
  const score = fc.oneof(
    fc.float(),
    fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
  )
  fc.assert(
    fc.property(fc.array(score, { maxLength: 200 }), fc.integer({ min: 0, max: 210 }), (values, k) => {
      const scores = Float32Array.from(values)
      assert.deepEqual(Array.from(topK(scores, k)), topKReference(Array.from(scores), k))
    }),
    { numRuns: 500 },
  )
})
