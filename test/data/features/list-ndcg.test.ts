/** @file NDCG of a list against its definition. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listNdcg } from '../../../src/data/features/list-ndcg.ts'

test('the worked example: wanted first and third', () => {
  assert.ok(
    Math.abs(listNdcg(Float32Array.of(1, 0, 1), [3, 2, 1], 3) - (1 + 0.5) / (1 + 1 / Math.log2(3))) < 1e-12,
  )
})

test('best order gives 1, nothing wanted NaN, and every other order what the definition says', () => {
  const row = fc.record({ label: fc.nat(3), score: fc.integer({ min: -5, max: 5 }) })
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 14 }),
      (rows, depth) => {
        const labels = Float32Array.from(rows, ({ label }) => label)
        const value = listNdcg(
          labels,
          rows.map(({ score }) => score),
          depth,
        )
        const dcg = (order: { label: number }[]) =>
          order.slice(0, depth).reduce((sum, { label }, k) => sum + (2 ** label - 1) / Math.log2(k + 2), 0)
        const best = dcg([...rows].sort((a, b) => b.label - a.label))
        if (best === 0) assert.ok(Number.isNaN(value))
        else assert.ok(Math.abs(value - dcg([...rows].sort((a, b) => b.score - a.score)) / best) < 1e-12)
        if (best > 0) assert.equal(listNdcg(labels, labels, depth), 1)
      },
    ),
  )
})
