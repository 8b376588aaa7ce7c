/** @file The losses of linear fits: derivatives by finite differences, and sums by looking at every pair. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'
import { pairwiseLoss } from '../../../src/ranking/linear/pairwise-loss.ts'
import { pointwiseLoss } from '../../../src/ranking/linear/pointwise-loss.ts'
import { rankSvmLoss } from '../../../src/ranking/linear/rank-svm-loss.ts'
import type { RowLoss } from '../../../src/ranking/linear/row-loss.ts'
import { unevenRows } from './planted-rows.ts'

const losses: Record<string, (rows: LabelledRows) => RowLoss> = {
  pointwise: pointwiseLoss,
  pairwise: (rows) => pairwiseLoss(rows, 1),
  'rank-svm': rankSvmLoss,
}

const drawScores = (rows: number, seed: number) => {
  const random = createRandom(seed, 7)
  return Float64Array.from({ length: rows }, () => random.normal())
}

for (const [name, lossOf] of Object.entries(losses)) {
  test(`${name}: derivatives are those of finite differences`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const rows = unevenRows(seed)
      const loss = lossOf(rows)
      const scores = drawScores(rows.rows, seed)
      const derivatives = new Float64Array(rows.rows)
      const scratch = new Float64Array(rows.rows)
      loss.evaluate(scores, derivatives)
      for (let row = 0; row < rows.rows; row++) {
        const shifted = (step: number) => {
          const moved = Float64Array.from(scores)
          moved[row]! += step
          return loss.evaluate(moved, scratch)
        }
        const slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
        assert.ok(Math.abs(slope - derivatives[row]!) < 1e-5, `row ${row}: ${slope} and ${derivatives[row]}`)
      }
    }
  })

  test(`${name}: a weight of 2 is the same as two rows`, () => {
    const rows = unevenRows(3)
    const copies: number[] = []
    const offsets = [0]
    for (let request = 0; request + 1 < rows.offsets.length; request++) {
      for (let row = rows.offsets[request]!; row < rows.offsets[request + 1]!; row++) {
        for (let copy = 0; copy < rows.weights![row]!; copy++) copies.push(row)
      }
      offsets.push(copies.length)
    }
    const repeated: LabelledRows = {
      names: rows.names,
      rows: copies.length,
      values: new Float32Array(copies.length * 3),
      offsets: Uint32Array.from(offsets),
      labels: Float32Array.from(copies, (row) => rows.labels[row]!),
    }
    const scores = drawScores(rows.rows, 3)
    const weighted = lossOf(rows)
    const plain = lossOf(repeated)
    const value = weighted.evaluate(scores, new Float64Array(rows.rows))
    const copied = Float64Array.from(copies, (row) => scores[row]!)
    assert.ok(Math.abs(value - plain.evaluate(copied, new Float64Array(copies.length))) < 1e-9)
    assert.ok(Math.abs(weighted.mass - plain.mass) < 1e-9)
  })
}

test('rank-svm: runs give the same loss as every pair looked at', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const rows = unevenRows(seed)
    const scores = drawScores(rows.rows, seed).map((score) => score * 1.5)
    const found = rankSvmLoss(rows).evaluate(scores, new Float64Array(rows.rows))
    assert.ok(Math.abs(found - everyPair(rows, scores, (margin) => Math.max(0, 1 - margin) ** 2)) < 1e-9)
  }
})

test('pairwise: short lists give the loss of every pair; long ones a sample that is near it and seeded', () => {
  const logistic = (margin: number) => Math.log1p(Math.exp(-margin))
  const short = unevenRows(2)
  const scores = drawScores(short.rows, 2)
  const found = pairwiseLoss(short, 1).evaluate(scores, new Float64Array(short.rows))
  assert.ok(Math.abs(found - everyPair(short, scores, logistic)) < 1e-9)

  const count = 4000
  const labels = new Float32Array(count).fill(1, 0, 50)
  const long = { ...short, rows: count, offsets: Uint32Array.of(0, count), labels, weights: undefined }
  const longScores = drawScores(count, 2)
  const sampled = (seed: number) => pairwiseLoss(long, seed).evaluate(longScores, new Float64Array(count))
  const all = everyPair(long, longScores, logistic)
  assert.equal(sampled(1), sampled(1))
  assert.notEqual(sampled(1), sampled(2))
  assert.ok(Math.abs(sampled(1) - all) < 0.05 * all)
})

/** Σ over wanted rows of weight · the weighted mean of a loss over the rows that they should beat. */
function everyPair(rows: LabelledRows, scores: Float64Array, lossOf: (margin: number) => number): number {
  const { offsets, labels } = rows
  const weightOf = (row: number) => rows.weights?.[row] ?? 1
  let loss = 0
  for (let request = 0; request + 1 < offsets.length; request++) {
    for (let row = offsets[request]!; row < offsets[request + 1]!; row++) {
      let total = 0
      let sum = 0
      for (let other = offsets[request]!; other < offsets[request + 1]!; other++) {
        if (labels[other]! >= labels[row]!) continue
        total += weightOf(other)
        sum += weightOf(other) * lossOf(scores[row]! - scores[other]!)
      }
      if (total > 0) loss += (weightOf(row) * sum) / total
    }
  }
  return loss
}
