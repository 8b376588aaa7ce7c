/** @file Tests of calibration: planted curves come back, isotonic steps are the least-squares optimum, order stays. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/base/random.ts'
import { reliabilityOf } from '../../../src/evaluation/reliability.ts'
import { calibrate, calibrationSchema } from '../../../src/ranking/calibration/calibration.ts'
import { undoDownSampling } from '../../../src/ranking/calibration/down-sampling.ts'
import { fitIsotonic, isotonicProbability } from '../../../src/ranking/calibration/isotonic.ts'
import { fitPlatt, plattProbability } from '../../../src/ranking/calibration/platt.ts'

const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected} ± ${tolerance}`)

const logistic = (x: number) => 1 / (1 + Math.exp(-x))

/** Scores and labels that come true with the probability that the curve gives. */
function planted(rows: number, seed: number, curve: (score: number) => number, spread = 2) {
  const random = createRandom(seed)
  const scores = Float32Array.from({ length: rows }, () => spread * random.normal())
  const labels = scores.map((score) => (random.float() < curve(score) ? 1 : 0))
  return { scores, labels }
}

test('Platt recovers planted slopes and intercepts, at any scale of the scores', () => {
  for (const [slope, intercept, spread] of [
    [0.7, -1.2, 2],
    [-2, 0.5, 1],
    [0.002, -3, 1000],
  ] as const) {
    const { scores, labels } = planted(60_000, 3, (score) => logistic(slope * score + intercept), spread)
    const found = fitPlatt(scores, labels)
    near(found.slope / slope, 1, 0.05)
    near(found.intercept, intercept, 0.05)
  }
})

test('Platt on four rows that a line separates stays finite: labels are drawn in by one row of doubt', () => {
  const { slope, intercept } = fitPlatt([-2, -1, 1, 2], [0, 0, 1, 1])
  assert.ok(slope > 0 && slope < 10)
  near(intercept, 0, 1e-6)
  // The mean of the predictions is that of the targets ¾ and ¼.
  const sum = [-2, -1, 1, 2].reduce(
    (total, score) => total + plattProbability({ kind: 'platt', slope, intercept }, score),
    0,
  )
  near(sum, 2, 1e-6)
})

test('a weight counts as so many rows', () => {
  const weighted = fitPlatt([-1, 0, 1, 2], [0, 1, 0, 1], [1, 2, 3, 1])
  const repeated = fitPlatt([-1, 0, 0, 1, 1, 1, 2], [0, 1, 1, 0, 0, 0, 1])
  near(weighted.slope, repeated.slope, 1e-6)
  near(weighted.intercept, repeated.intercept, 1e-6)
})

test('labels that are all the same cannot be calibrated by Platt', () => {
  assert.throws(() => fitPlatt([1, 2], [1, 1]), /labels/)
  assert.throws(() => fitPlatt([1, 2], [0, 0]), /labels/)
})

test('eight rows pooled by hand', () => {
  const scores = [1, 2, 3, 4, 5, 6, 7, 8]
  const fit = fitIsotonic(scores, [0, 1, 0, 0, 1, 1, 0, 1])
  const steps = [0, 1 / 3, 2 / 3, 1]
  assert.equal(fit.probabilities.length, 4)
  for (const [block, step] of steps.entries()) near(fit.probabilities[block]!, step)
  assert.deepEqual(fit.scores, [1, 3, 6, 8])
  near(isotonicProbability(fit, 0), 0)
  near(isotonicProbability(fit, 2), 1 / 6)
  near(isotonicProbability(fit, 7), 5 / 6)
  near(isotonicProbability(fit, 99), 1)
})

/** Least squared error of all non-decreasing fits: every way to cut the rows into blocks of their means. */
function leastByCutting(labels: number[], weights: number[]): number {
  const rows = labels.length
  let least = Number.POSITIVE_INFINITY
  for (let cuts = 0; cuts < 1 << (rows - 1); cuts++) {
    let error = 0
    let last = Number.NEGATIVE_INFINITY
    let isRising = true
    for (let start = 0; start < rows; ) {
      let end = start + 1
      while (end < rows && !((cuts >> (end - 1)) & 1)) end++
      const total = weights.slice(start, end).reduce((a, b) => a + b, 0)
      const mean =
        labels.slice(start, end).reduce((sum, label, k) => sum + label * weights[start + k]!, 0) / total
      if (mean < last) isRising = false
      last = mean
      for (let row = start; row < end; row++) error += weights[row]! * (labels[row]! - mean) ** 2
      start = end
    }
    if (isRising) least = Math.min(least, error)
  }
  return least
}

const rows = fc.array(
  fc.record({ label: fc.integer({ min: 0, max: 4 }), weight: fc.integer({ min: 1, max: 5 }) }),
  { minLength: 1, maxLength: 8 },
)

test('isotonic steps rise, keep the mean, and have the least squared error of all rising steps', () => {
  fc.assert(
    fc.property(rows, (given) => {
      const labels = given.map(({ label }) => label)
      const weights = given.map(({ weight }) => weight)
      const scores = labels.map((_, row) => row)
      const fit = fitIsotonic(scores, labels, weights)
      for (let k = 1; k < fit.scores.length; k++) {
        assert.ok(fit.scores[k]! > fit.scores[k - 1]!)
        assert.ok(fit.probabilities[k]! > fit.probabilities[k - 1]!)
      }
      // Each row's step: the block with the weighted mean score nearest by order of the blocks.
      let error = 0
      let kept = 0
      let from = 0
      for (let k = 0; k < fit.scores.length; k++) {
        // Blocks are runs of rows: this one ends where its weighted mean score is reached.
        let end = from
        let weight = 0
        let mean = 0
        do {
          weight += weights[end]!
          mean += weights[end]! * end
          end++
        } while (end < labels.length && Math.abs(mean / weight - fit.scores[k]!) > 1e-9)
        for (let row = from; row < end; row++) {
          error += weights[row]! * (labels[row]! - fit.probabilities[k]!) ** 2
          kept += weights[row]! * fit.probabilities[k]!
        }
        from = end
      }
      assert.equal(from, labels.length)
      near(
        kept,
        labels.reduce((sum, label, row) => sum + label * weights[row]!, 0),
        1e-9,
      )
      near(error, leastByCutting(labels, weights), 1e-9)
    }),
  )
})

test('rows in any order give the same steps, and equal scores one step', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.nat(1)), { minLength: 1 }), (pairs) => {
      const fit = (given: typeof pairs) =>
        fitIsotonic(
          given.map(([score]) => score),
          given.map(([, label]) => label),
        )
      const [one, other] = [fit(pairs), fit([...pairs].reverse())]
      assert.equal(one.scores.length, other.scores.length)
      for (const [k, score] of one.scores.entries()) {
        near(score, other.scores[k]!)
        near(one.probabilities[k]!, other.probabilities[k]!)
      }
      assert.ok(one.scores.length <= new Set(pairs.map(([score]) => score)).size)
    }),
  )
})

test('both keep the order of scores, and bring a crooked ranker’s calibration error down on rows that neither has seen', () => {
  const curve = (score: number) => 0.05 + 0.9 * logistic(3 * score) ** 2
  const train = planted(20_000, 1, curve)
  const held = planted(20_000, 2, curve)
  const before = reliabilityOf(held.scores.map(logistic), held.labels)
  for (const fit of [fitPlatt, fitIsotonic]) {
    const calibration = calibrationSchema.parse(JSON.parse(JSON.stringify(fit(train.scores, train.labels))))
    const probabilities = new Float32Array(held.scores.length)
    calibrate(calibration, held.scores, probabilities)
    const order = Array.from(held.scores.keys()).sort((a, b) => held.scores[a]! - held.scores[b]!)
    for (let k = 1; k < order.length; k++)
      assert.ok(probabilities[order[k]!]! >= probabilities[order[k - 1]!]!)
    const after = reliabilityOf(probabilities, held.labels)
    // The curve is not logistic: Platt can only come nearer.
    const share = calibration.kind === 'platt' ? 0.7 : 0.15
    assert.ok(after.calibrationError < share * before.calibrationError, calibration.kind)
    assert.ok(after.normalisedEntropy < before.normalisedEntropy)
  }
})

test('a model trained on a tenth of the negatives means what it says after correction', () => {
  near(undoDownSampling(0.2, 0.1), 0.0243902, 5e-8)
  const { scores, labels } = planted(200_000, 8, (score) => logistic(score - 4))
  const random = createRandom(9)
  const kept = Array.from(scores.keys()).filter((row) => labels[row] === 1 || random.float() < 0.1)
  const platt = fitPlatt(
    kept.map((row) => scores[row]!),
    kept.map((row) => labels[row]!),
  )
  const corrected = scores.map((score) => undoDownSampling(plattProbability(platt, score), 0.1))
  near(reliabilityOf(corrected, labels).ratio, 1, 0.02)
})
