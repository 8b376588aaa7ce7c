/** @file Objectives of trees: derivatives against differences, golden vectors of LightGBM, sums of gradients. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { logistic } from '../../../src/models/trees/objectives/logistic.ts'
import type { Objective, Targets } from '../../../src/models/trees/objectives/objective.ts'
import { lambdaMart, pairwise } from '../../../src/models/trees/objectives/pairs.ts'
import { squared } from '../../../src/models/trees/objectives/squared.ts'
import { parseTreeOptions } from '../../../src/models/trees/tree-options.ts'

const defaults = parseTreeOptions({})

function derive(objective: Objective, targets: Targets, scores: ArrayLike<number>) {
  const rows = targets.labels.length
  const gradients = new Float32Array(rows)
  const hessians = new Float32Array(rows)
  const units = objective.unit === 'row' ? rows : targets.offsets.length - 1
  objective.derive(targets, Float64Array.from(scores), 0, units, gradients, hessians)
  return { gradients, hessians }
}

const targetsOf = (labels: number[], weights?: number[], offsets = [0, labels.length]): Targets => ({
  offsets: Uint32Array.from(offsets),
  labels: Float32Array.from(labels),
  weights: weights && Float32Array.from(weights),
})

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) {
  assert.equal(actual.length, expected.length)
  for (let k = 0; k < actual.length; k++) {
    assert.ok(
      Math.abs(actual[k] - expected[k]) <= tolerance,
      `${what}[${k}]: ${actual[k]} is not ${expected[k]}`,
    )
  }
}

/** Differences of a loss by every score: slopes and curvatures. */
function differences(loss: (scores: number[]) => number, scores: number[]) {
  const step = 1e-3
  const at = (k: number, by: number) => loss(scores.map((score, j) => (j === k ? score + by : score)))
  return {
    slopes: scores.map((_, k) => (at(k, step) - at(k, -step)) / (2 * step)),
    curvatures: scores.map((_, k) => (at(k, step) - 2 * at(k, 0) + at(k, -step)) / step ** 2),
  }
}

test('derivatives of the pointwise losses are those of the losses', () => {
  const labels = [1, 0, 1, 0.25]
  const weights = [1, 2, 0.5, 3]
  const scores = [0.3, -1.2, 2, 0]
  const losses: [Objective, (label: number, score: number) => number][] = [
    [logistic, (label, score) => Math.log(1 + Math.exp(score)) - label * score],
    [squared, (label, score) => 0.5 * (score - label) ** 2],
  ]
  for (const [objective, lossOf] of losses) {
    const loss = (at: number[]) =>
      at.reduce((sum, score, k) => sum + weights[k] * lossOf(labels[k], score), 0)
    const { slopes, curvatures } = differences(loss, scores)
    const { gradients, hessians } = derive(objective, targetsOf(labels, weights), scores)
    assertNear(gradients, slopes, 1e-5, 'gradient')
    assertNear(hessians, curvatures, 1e-4, 'hessian')
  }
})

test('the start score of a pointwise loss has no gradient left', () => {
  const targets = targetsOf([1, 0, 0, 1, 0], [1, 2, 1, 1, 3])
  for (const objective of [logistic, squared]) {
    const start = objective.startScore(targets)
    const { gradients } = derive(objective, targets, [start, start, start, start, start])
    const sum = gradients.reduce((total, gradient) => total + gradient, 0)
    assert.ok(Math.abs(sum) < 1e-6)
  }
  assert.ok(Number.isFinite(logistic.startScore(targetsOf([1, 1]))))
})

test('derivatives of the pairwise loss are those of the loss', () => {
  const labels = [2, 0, 1, 0]
  const weights = [0.5, 1, 3, 1]
  const scores = [0.1, 0.7, -0.4, 0.2]
  const loss = (at: number[]) => {
    let sum = 0
    for (let i = 0; i < at.length; i++) {
      for (let j = 0; j < at.length; j++) {
        if (labels[i] > labels[j]) sum += weights[i] * Math.log(1 + Math.exp(at[j] - at[i]))
      }
    }
    return sum
  }
  const objective = pairwise({ ...defaults, lambdarankNorm: false })
  const { slopes, curvatures } = differences(loss, scores)
  const { gradients, hessians } = derive(objective, targetsOf(labels, weights), scores)
  assertNear(gradients, slopes, 1e-5, 'gradient')
  assertNear(hessians, curvatures, 1e-4, 'hessian')
})

test('LambdaMART gives the gradients of LightGBM, with and without normalisation', () => {
  const targets = targetsOf([2, 0, 1, 0, 3])
  const scores = [0.2, 0.9, -0.1, 0.4, 0]
  const normed = derive(lambdaMart(defaults), targets, scores)
  assertNear(normed.gradients, [-0.163245, 0.400632, 0.056795, 0.271969, -0.566152], 1e-6, 'gradient')
  assertNear(normed.hessians, [0.115832, 0.11995, 0.081141, 0.112624, 0.213204], 1e-6, 'hessian')
  const plain = derive(lambdaMart({ ...defaults, lambdarankNorm: false }), targets, scores)
  assertNear(plain.gradients, [-0.123721, 0.456079, -0.040347, 0.128516, -0.420526], 1e-6, 'gradient')
  assertNear(plain.hessians, [0.058954, 0.135433, 0.031812, 0.052314, 0.137336], 1e-6, 'hessian')
})

test('gradients of a request sum to zero, and hessians are not negative', () => {
  const request = fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 4 }),
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.integer({ min: 0, max: 3 }),
    ),
    { minLength: 1, maxLength: 30 },
  )
  const truncation = fc.integer({ min: 1, max: 40 })
  fc.assert(
    fc.property(request, truncation, fc.boolean(), (rows, lambdarankTruncationLevel, lambdarankNorm) => {
      const options = { ...defaults, lambdarankTruncationLevel, lambdarankNorm }
      const targets = targetsOf(
        rows.map(([label]) => label),
        rows.map(([, , weight]) => weight),
      )
      for (const objective of [lambdaMart(options), pairwise(options)]) {
        const scores = rows.map(([, score]) => score)
        const { gradients, hessians } = derive(objective, targets, scores)
        const size = gradients.reduce((sum, gradient) => sum + Math.abs(gradient), 0)
        assert.ok(Math.abs(gradients.reduce((sum, gradient) => sum + gradient, 0)) <= 1e-6 * (1 + size))
        assert.ok(hessians.every((hessian) => hessian >= 0))
      }
    }),
  )
})

test('requests do not see each other, and one without any difference has no gradient', () => {
  const objective = lambdaMart(defaults)
  const first = derive(objective, targetsOf([1, 0, 0]), [0, 1, 2])
  const both = derive(objective, targetsOf([1, 0, 0, 0, 0], undefined, [0, 3, 5]), [0, 1, 2, 7, 8])
  assert.deepEqual(both.gradients.subarray(0, 3), first.gradients)
  assert.deepEqual([...both.gradients.subarray(3)], [0, 0])
})

test('labels that an objective cannot use are named', () => {
  assert.equal(logistic.labelFault(0.5), null)
  assert.match(logistic.labelFault(2) ?? '', /probability/)
  assert.equal(lambdaMart(defaults).labelFault(3), null)
  assert.match(lambdaMart(defaults).labelFault(0.5) ?? '', /grade/)
})
