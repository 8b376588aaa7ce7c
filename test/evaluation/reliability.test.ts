/** @file Tests of normalised entropy, calibration error and the reliability plot. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { reliabilityOf } from '../../src/evaluation/reliability.ts'
import { reliabilityChart } from '../../src/evaluation/reliability-chart.ts'

const near = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected} ± ${tolerance}`)

test('four rows computed by hand', () => {
  const { logLoss, normalisedEntropy, baseRate, ratio, calibrationError, bins } = reliabilityOf(
    [0.8, 0.3, 0.6, 0.4],
    [1, 0, 0, 1],
    2,
  )
  near(logLoss, 0.6031, 5e-7)
  near(normalisedEntropy, 0.870089, 5e-7)
  near(baseRate, 0.5)
  near(ratio, 2.1 / 2)
  // Below: 0.35 promised and half came; above: 0.7 promised and half came.
  assert.deepEqual(
    bins.map(({ rows, meanLabel }) => [rows, meanLabel]),
    [
      [2, 0.5],
      [2, 0.5],
    ],
  )
  near(calibrationError, 0.5 * 0.15 + 0.5 * 0.2)
})

test('who always predicts the base rate has a normalised entropy of 1 and no calibration error', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1), { minLength: 2 }), (labels) => {
      const positive = labels.reduce((a, b) => a + b, 0)
      fc.pre(positive > 0 && positive < labels.length)
      const { normalisedEntropy, calibrationError, bins } = reliabilityOf(
        labels.map(() => positive / labels.length),
        labels,
      )
      near(normalisedEntropy, 1, 1e-9)
      near(calibrationError, 0, 1e-9)
      assert.equal(bins.length, 1)
    }),
  )
})

test('bins hold all rows once, rise, and are about equally full', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (predictions, count) => {
        const labels = predictions.map((_, row) => row % 2)
        const { bins } = reliabilityOf(predictions, labels, count)
        assert.ok(bins.length <= Math.max(1, count))
        assert.equal(
          bins.reduce((sum, { rows }) => sum + rows, 0),
          predictions.length,
        )
        for (let k = 1; k < bins.length; k++) assert.ok(bins[k]!.meanPrediction > bins[k - 1]!.meanPrediction)
        if (new Set(predictions).size === predictions.length)
          for (const { rows } of bins) assert.ok(rows <= Math.ceil(predictions.length / count) + 1)
      },
    ),
  )
})

test('predictions that are drawn from have no calibration error but noise; sharpened ones do', () => {
  const random = createRandom(4)
  const predictions = Float64Array.from({ length: 50_000 }, () => random.float())
  const labels = predictions.map((p) => (random.float() < p ? 1 : 0))
  assert.ok(reliabilityOf(predictions, labels).calibrationError < 0.01)
  const sharpened = predictions.map((p) => p ** 2 / (p ** 2 + (1 - p) ** 2))
  assert.ok(reliabilityOf(sharpened, labels).calibrationError > 0.08)
})

test('sure predictions that are wrong cost much but not infinitely much; labels of one kind are refused', () => {
  assert.ok(Number.isFinite(reliabilityOf([1, 0], [0, 1]).logLoss))
  assert.throws(() => reliabilityOf([0.5, 0.6], [1, 1]), /labels/)
})

test('the plot has a line per set and the diagonal', () => {
  const reliability = reliabilityOf([0.8, 0.3, 0.6, 0.4], [1, 0, 0, 1], 2)
  const { svg, title } = reliabilityChart({ raw: reliability, calibrated: reliability })
  assert.match(svg, /^<svg/)
  assert.match(svg, /raw/)
  assert.match(svg, /calibrated/)
  assert.match(title, /raw: normalised entropy 0\.8701/)
})
