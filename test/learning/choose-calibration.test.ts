/** @file The calibration of a ranker: the kind that fits how scores and wants go together, or none. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { chooseCalibration } from '../../src/learning/choose-calibration.ts'
import { calibrate } from '../../src/ranking/calibration/calibration.ts'

const ROWS = 8000

function rowsWith(chance: (score: number) => number, seed = 1) {
  const random = createRandom(seed)
  const scores = Float32Array.from({ length: ROWS }, () => 2 * random.normal())
  return { scores, labels: scores.map((score) => (random.float() < chance(score) ? 2 : 0)) }
}

function worstError(chosen: ReturnType<typeof chooseCalibration>, chance: (score: number) => number): number {
  const scores = Float32Array.from({ length: 61 }, (_, k) => -3 + k / 10)
  const probabilities = new Float32Array(61)
  calibrate(chosen!.calibration, scores, probabilities)
  return Math.max(...scores.map((score, k) => Math.abs(probabilities[k] - chance(score))))
}

test('a logistic curve is met by Platt’s two numbers', () => {
  const chance = (score: number) => 1 / (1 + Math.exp(2 - 1.5 * score))
  const { scores, labels } = rowsWith(chance)
  const chosen = chooseCalibration(scores, labels)
  assert.equal(chosen?.calibration.kind, 'platt')
  assert.ok(worstError(chosen, chance) < 0.03)
  assert.ok(chosen!.judged.normalisedEntropy < 0.75 && chosen!.judged.calibrationError < 0.02)
  assert.equal(chosen!.judged.rows, ROWS / 2)
})

test('a step is met by isotonic blocks', () => {
  const chance = (score: number) => (score < 1 ? 0.05 : 0.6)
  const { scores, labels } = rowsWith(chance)
  const chosen = chooseCalibration(scores, labels)
  assert.equal(chosen?.calibration.kind, 'isotonic')
  const [low, high] = [new Float32Array(1), new Float32Array(1)]
  calibrate(chosen!.calibration, Float32Array.of(-1), low)
  calibrate(chosen!.calibration, Float32Array.of(2), high)
  assert.ok(Math.abs(low[0] - 0.05) < 0.03 && Math.abs(high[0] - 0.6) < 0.06, `${low[0]}, ${high[0]}`)
})

test('scores that say nothing, or lists of which nothing or everything was wanted, get none', () => {
  const { scores } = rowsWith(() => 0.5)
  assert.equal(chooseCalibration(scores, new Float32Array(ROWS)), null)
  assert.equal(chooseCalibration(scores, new Float32Array(ROWS).fill(1)), null)
  assert.equal(chooseCalibration(new Float32Array(0), new Float32Array(0)), null)
  const random = createRandom(9)
  const drifted = scores.map((_, row) => (random.float() < (row < ROWS / 2 ? 0.1 : 0.5) ? 1 : 0))
  assert.equal(chooseCalibration(scores, drifted), null)
})
