/** @file Tests of the accuracy metrics: hand examples, golden vectors, and properties against slow definitions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidOptionError } from '../../src/base/errors.ts'
import {
  averagePrecisionAt,
  contains,
  hitRateAt,
  listMetrics,
  markHits,
  metricNamed,
  ndcgAt,
  precisionAt,
  recallAt,
  reciprocalRankAt,
  truncatedRecallAt,
} from '../../src/evaluation/metrics.ts'

const near = (actual: number, expected: number, digits = 4) =>
  assert.equal(actual.toFixed(digits), expected.toFixed(digits))

test('the hand example: relevant {a, c}, list [a, b, c]', () => {
  const hits = Uint8Array.of(1, 0, 1)
  near(recallAt(hits, 2, 2), 0.5)
  near(precisionAt(hits, 2, 2), 0.5)
  near(ndcgAt(hits, 2, 3), 0.9197)
  near(averagePrecisionAt(hits, 2, 3), 0.8333)
  near(reciprocalRankAt(hits, 2, 3), 1)
})

test('the ideal of NDCG is truncated at k', () => {
  near(ndcgAt(new Uint8Array(10).fill(1), 20, 10), 1)
})

test('plain and truncated recall differ where there are more relevant items than places', () => {
  const hits = new Uint8Array(10).fill(1)
  near(recallAt(hits, 20, 10), 0.5)
  near(truncatedRecallAt(hits, 20, 10), 1)
})

test('a list shorter than k counts as filled with misses', () => {
  near(precisionAt(Uint8Array.of(1), 1, 4), 0.25)
  near(ndcgAt(Uint8Array.of(0, 1), 1, 100), 1 / Math.log2(3))
  near(hitRateAt(new Uint8Array(0), 3, 10), 0)
})

test('a hit beyond the cutoff counts for nothing', () => {
  const hits = Uint8Array.of(0, 0, 0, 1)
  for (const metric of Object.values(listMetrics)) assert.equal(metric(hits, 2, 3), 0)
})

test('every metric agrees with its definition over sets', () => {
  const list = fc.uniqueArray(fc.nat(30), { maxLength: 20 })
  const relevant = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(list, relevant, fc.integer({ min: 1, max: 25 }), (ranked, good, k) => {
      const top = ranked.slice(0, k)
      const found = top.filter((item) => good.includes(item)).length
      const hits = markHits(
        Uint32Array.from(ranked),
        Uint32Array.from(good).sort(),
        new Uint8Array(ranked.length),
      )
      const ideal = Math.min(k, good.length)
      const gain = (ranks: number[]) => ranks.reduce((sum, rank) => sum + 1 / Math.log2(rank + 1), 0)
      const hitRanks = top.flatMap((item, i) => (good.includes(item) ? [i + 1] : []))
      const precisions = hitRanks.map((rank, nth) => (nth + 1) / rank)
      near(recallAt(hits, good.length, k), found / good.length, 9)
      near(precisionAt(hits, good.length, k), found / k, 9)
      near(hitRateAt(hits, good.length, k), found > 0 ? 1 : 0, 9)
      near(reciprocalRankAt(hits, good.length, k), found > 0 ? 1 / hitRanks[0]! : 0, 9)
      near(
        ndcgAt(hits, good.length, k),
        gain(hitRanks) / gain(Array.from({ length: ideal }, (_, i) => i + 1)),
        9,
      )
      near(averagePrecisionAt(hits, good.length, k), precisions.reduce((sum, p) => sum + p, 0) / ideal, 9)
    }),
  )
})

test('binary search finds what is there and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(50)), fc.nat(50), (values, sought) => {
      assert.equal(contains(Uint32Array.from(values).sort(), sought), values.includes(sought))
    }),
  )
})

test('a metric is named METRIC@K', () => {
  const { metric, k } = metricNamed('ndcg@10')
  assert.equal(metric, ndcgAt)
  assert.equal(k, 10)
  for (const name of ['ndcg', 'ndcg@0', 'ndcg@x', 'ndcg@1.5', 'toString@10', 'gain@10', 'ndcg@100000'])
    assert.throws(() => metricNamed(name), InvalidOptionError)
})
