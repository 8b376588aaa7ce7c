/** @file Linear rankers: planted weights, missing values, query-level features, the ascent, and the scorer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'
import { coordinateAscent } from '../../../src/ranking/linear/coordinate-ascent.ts'
import { designOf, scoreRows } from '../../../src/ranking/linear/design.ts'
import { fitLinear } from '../../../src/ranking/linear/fit-linear.ts'
import { linearModelSchema, openLinear } from '../../../src/ranking/linear/linear-model.ts'
import { ndcgOf } from '../../../src/ranking/linear/ndcg.ts'
import { plantedRows, unevenRows } from './planted-rows.ts'

const METHODS = ['pointwise', 'pairwise', 'rank-svm', 'coordinate-ascent'] as const
const PLANTED = [2, -1, 0.5, 0]

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, k) => sum + v * y[k]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

for (const method of METHODS) {
  test(`${method} finds the planted weights, whatever the features' scales`, () => {
    const rows = plantedRows({ requests: 600, candidates: 12, weights: PLANTED, seed: 5 })
    const scales = [1, 1000, 0.01, 1]
    const stretched = rows.values.map((value, at) => value * scales[at % 4]! + 3 * scales[at % 4]!)
    const model = fitLinear({ ...rows, values: stretched }, { method, penalty: 1 }, 1)
    const weights = model.weights.map((weight, f) => weight * scales[f]!)
    assert.ok(cosine(weights, PLANTED) > 0.985, `${weights}`)
    linearModelSchema.parse(JSON.parse(JSON.stringify(model)))
  })
}

for (const method of ['pairwise', 'rank-svm'] as const) {
  test(`${method}: a feature that is the same for all candidates of a request changes nothing`, () => {
    const rows = plantedRows({ requests: 100, candidates: 8, weights: [1, -1], seed: 2 })
    const random = createRandom(9)
    const perRequest = Array.from({ length: 100 }, () => 10 * random.normal())
    const more: LabelledRows = {
      ...rows,
      names: [...rows.names, 'query'],
      values: Float32Array.from({ length: rows.rows * 3 }, (_, at) => {
        const row = Math.floor(at / 3)
        return at % 3 === 2 ? perRequest[Math.floor(row / 8)]! : rows.values[row * 2 + (at % 3)]!
      }),
    }
    const plain = fitLinear(rows, { method }, 1)
    const queried = fitLinear(more, { method }, 1)
    assert.ok(Math.abs(queried.weights[2]!) < 1e-6)
    plain.weights.forEach((weight, f) => {
      assert.ok(Math.abs(weight - queried.weights[f]!) < 1e-4)
    })
  })
}

test('a value that is missing where a row is wanted is learned from', () => {
  const rows = plantedRows({ requests: 300, candidates: 10, weights: [1, 0], seed: 4 })
  const random = createRandom(3)
  const values = rows.values.map((value, at) => {
    if (at % 2 === 0) return value
    const isMissing = random.float() < (rows.labels[at >> 1] === 1 ? 0.7 : 0.2)
    return isMissing ? Number.NaN : value
  })
  for (const method of METHODS) {
    const model = fitLinear({ ...rows, values }, { method }, 1)
    assert.ok(model.missing[1]! > 0.3 * Math.abs(model.weights[0]!), `${method} ${model.missing}`)
  }
})

test('a value that is hardly ever missing counts as the mean', () => {
  const rows = plantedRows({ requests: 100, candidates: 10, weights: [1, 1], seed: 4 })
  const values = rows.values.map((value) => value + 5)
  values[0] = Number.NaN
  const model = fitLinear({ ...rows, values }, {}, 1)
  assert.ok(Math.abs(model.missing[0]! / model.weights[0]! - 5) < 0.1)
})

test('the scorer gives the scores that the fit saw, gaps included', () => {
  const rows = { ...unevenRows(6), weights: undefined }
  const design = designOf(rows)
  const model = fitLinear(rows, { method: 'rank-svm', penalty: 1 }, 1)
  const scores = new Float32Array(rows.rows)
  openLinear(model).score(rows.values, rows.rows, scores)
  // The model's weights in the design's units: score differences within the design must be the scorer's.
  const standardised = Float64Array.from({ length: design.width }, (_, c) => {
    if (c < 3) return model.weights[c]! / design.scales[c]!
    const f = design.indicators[c - 3]!
    return (model.missing[f]! - model.weights[f]! * design.means[f]!) / design.scales[c]!
  })
  const seen = new Float64Array(rows.rows)
  scoreRows(design, standardised, seen)
  for (let row = 0; row < rows.rows; row++) assert.ok(Math.abs(seen[row]! - scores[row]!) < 1e-5)
})

test('pointwise scores are log odds: their chances add up to what was wanted', () => {
  const rows = plantedRows({ requests: 200, candidates: 10, weights: [1, 0.5], seed: 8 })
  const model = fitLinear(rows, { method: 'pointwise', penalty: 0 }, 1)
  const scores = new Float32Array(rows.rows)
  openLinear(model).score(rows.values, rows.rows, scores)
  const expected = scores.reduce((sum, score) => sum + 1 / (1 + Math.exp(-score)), 0)
  assert.ok(Math.abs(expected - 200) < 0.1, `${expected}`)
})

test('coordinate ascent never worsens its metric, wherever it starts, and repeats itself', () => {
  const rows = plantedRows({ requests: 60, candidates: 8, weights: [1, -1, 0.5], seed: 3 })
  const design = designOf(rows)
  const metric = ndcgOf(rows, 5)
  const random = createRandom(12)
  const scores = new Float64Array(rows.rows)
  for (let start = 0; start < 10; start++) {
    const weights = Float64Array.from({ length: design.width }, () => random.normal())
    scoreRows(design, weights, scores)
    const before = metric(scores)
    const options = { restarts: 0, sweeps: 3, seed: start }
    const climbed = coordinateAscent(design, metric, weights, options)
    scoreRows(design, climbed.weights, scores)
    assert.ok(climbed.value >= before)
    assert.ok(Math.abs(metric(scores) - climbed.value) < 1e-9)
    assert.deepEqual(coordinateAscent(design, metric, weights, options), climbed)
  }
})

test('NDCG is 1 for the wanted order, and equal scores earn the worst place', () => {
  const rows = plantedRows({ requests: 2, candidates: 4, weights: [1], seed: 1 })
  rows.labels.set([0, 2, 0, 1, 0, 0, 1, 0])
  const metric = ndcgOf(rows, 3)
  assert.equal(metric(Float64Array.from(rows.labels)), 1)
  const tied = metric(new Float64Array(8))
  // First request: grades 1 and 2 behind two others, so 1 stands third and 2 beyond the cutoff; second: fourth.
  assert.ok(Math.abs(tied - 0.5 * (0.5 / (3 + 1 / Math.log2(3)))) < 1e-12)
})

test('rows without anything wanted give a ranker that tells nothing apart', () => {
  const rows = plantedRows({ requests: 5, candidates: 4, weights: [1, 1], seed: 1 })
  rows.labels.fill(0)
  for (const method of ['pairwise', 'rank-svm', 'coordinate-ascent'] as const) {
    const model = fitLinear(rows, { method, restarts: 0 }, 1)
    assert.deepEqual(model.weights, [0, 0])
  }
})

test('an infinite value is refused by the name of its feature', () => {
  const rows = plantedRows({ requests: 2, candidates: 3, weights: [1, 1], seed: 1 })
  rows.values[3] = Number.POSITIVE_INFINITY
  assert.throws(() => fitLinear(rows, {}, 1), /f1 is infinite/)
})
