/** @file The pre-ranker: what fills up a list that filters left short. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBlend } from '../../src/ranking/blend.ts'
import { preRank } from '../../src/ranking/pre-rank.ts'
import { filterMerged, mergeCandidates } from '../../src/sources/merge.ts'
import { requestFor } from '../sources/requests.ts'

const ITEMS = 20
/** Item k is at place k of the list, so a pool of 3 holds the items 0, 1 and 2. */
const merged = mergeCandidates([
  {
    items: Uint32Array.from({ length: ITEMS }, (_, k) => k),
    scores: Float32Array.from({ length: ITEMS }, (_, k) => ITEMS - k),
  },
])
const blend = equalBlend(['a'], { asked: [ITEMS], pool: 3 })
const narrow = filterMerged(merged, (item) => item === 2 || item > 10)

test('a list that is longer than what filters left of the pool is filled up below it, in the order of the blend', () => {
  const { items, blend: scores, shares } = preRank(blend, narrow, requestFor([]), 5, 5)
  assert.deepEqual([...items], [2, 11, 12, 13, 14])
  scores.forEach((score, k) => {
    assert.ok(Number.isFinite(score) && (k === 0 || score < scores[k - 1]!))
  })
  assert.equal(shares.length, items.length)
  const none = filterMerged(merged, (item) => item > 10)
  assert.deepEqual([...preRank(blend, none, requestFor([]), 2, 2).items], [11, 12])
})

test('nothing is filled up where nobody wants a list, nor beyond what there is', () => {
  assert.deepEqual([...preRank(blend, narrow, requestFor([]), 5).items], [2])
  assert.equal(preRank(blend, narrow, requestFor([]), 50, 50).items.length, narrow.items.length)
  assert.deepEqual([...preRank(blend, merged, requestFor([]), 2, 1).items], [0, 1])
})
