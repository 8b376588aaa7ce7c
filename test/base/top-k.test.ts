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
