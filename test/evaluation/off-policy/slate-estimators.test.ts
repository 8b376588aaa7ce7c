/** @file Tests of the slate estimators: exact distributions, weights against the textbook's, and unbiased estimates. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { estimate } from '../../../src/evaluation/off-policy/estimator.ts'
import { independentPositions } from '../../../src/evaluation/off-policy/independent-positions.ts'
import { inversePropensity } from '../../../src/evaluation/off-policy/inverse-propensity.ts'
import { pseudoInverseWeights, slateWeight } from '../../../src/evaluation/off-policy/pseudo-inverse.ts'
import { slateDistribution } from '../../../src/evaluation/off-policy/slate-distribution.ts'
import { slateRewards } from '../../../src/evaluation/off-policy/slate-log.ts'
import { plackettLuce } from '../../../src/ranking/exploration/plackett-luce.ts'
import {
  CANDIDATES,
  clickRate,
  loggingScores,
  logSlates,
  SLOTS,
  slateProbability,
  targetScores,
} from './slates.ts'

const near = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`)

const scores = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 5 })

/** All ordered slates. */
function slatesOf(candidates: number, slots: number): number[][] {
  if (slots === 0) return [[]]
  return slatesOf(candidates, slots - 1).flatMap((slate) =>
    Array.from({ length: candidates }, (_, c) => c)
      .filter((c) => !slate.includes(c))
      .map((c) => [...slate, c]),
  )
}

test('two candidates with odds of two to one', () => {
  const odds = Float64Array.of(Math.LN2, 0)
  near(slateProbability(odds, [0, 1]), 2 / 3)
  near(slateProbability(odds, [1]), 1 / 3)
  const { marginals } = slateDistribution(odds, 2)
  for (const [at, expected] of [2 / 3, 1 / 3, 1 / 3, 2 / 3].entries()) near(marginals[at]!, expected)
})

test('marginals and pairs are sums over all slates of their probabilities', () => {
  fc.assert(
    fc.property(scores, (given) => {
      const values = Float64Array.from(given)
      const n = values.length
      const { marginals, pairs } = slateDistribution(values, 2)
      const sums = new Float64Array(4 * n * n)
      let total = 0
      for (const [a, b] of slatesOf(n, 2) as [number, number][]) {
        const probability = slateProbability(values, [a, b])
        total += probability
        for (const i of [a, n + b]) for (const j of [a, n + b]) sums[i * 2 * n + j]! += probability
      }
      near(total, 1)
      for (let i = 0; i < sums.length; i++) near(pairs[i]!, sums[i]!)
      for (let i = 0; i < 2 * n; i++) near(marginals[i]!, sums[i * 2 * n + i]!)
    }),
    { numRuns: 40 },
  )
})

test('marginals are those that the exploration policy integrates', () => {
  const { marginals } = slateDistribution(loggingScores, SLOTS)
  for (const slate of [Uint32Array.of(0, 1, 2), Uint32Array.of(4, 3, 0)]) {
    const integrated = plackettLuce(1, CANDIDATES).marginals(loggingScores, slate)
    for (const [slot, c] of slate.entries()) near(marginals[slot * CANDIDATES + c]!, integrated[slot]!, 1e-8)
  }
})

test('a candidate with a score of −∞ is never shown', () => {
  const { marginals } = slateDistribution(Float64Array.of(0, Number.NEGATIVE_INFINITY, 1), 2)
  assert.equal(marginals[1], 0)
  assert.equal(marginals[4], 0)
})

test('slates of one slot get the pseudo-inverse weight π ÷ p of a single action', () => {
  const logging = slateDistribution(loggingScores, 1)
  const target = slateDistribution(targetScores, 1)
  const weights = pseudoInverseWeights(logging, target)
  for (let c = 0; c < CANDIDATES; c++) near(weights[c]!, target.marginals[c]! / logging.marginals[c]!)
})

test('pseudo-inverse weights turn the logging distribution into the target’s marginals, for any scores', () => {
  fc.assert(
    fc.property(scores, fc.infiniteStream(fc.double({ min: -2, max: 2, noNaN: true })), (given, others) => {
      const values = Float64Array.from(given)
      const n = values.length
      const target = slateDistribution(
        values.map(() => others.next().value),
        2,
      )
      const weights = pseudoInverseWeights(slateDistribution(values, 2), target)
      const sums = new Float64Array(2 * n)
      for (const slate of slatesOf(n, 2)) {
        const weight = slateWeight(weights, n, slate) * slateProbability(values, slate)
        for (const [slot, c] of slate.entries()) sums[slot * n + c]! += weight
      }
      for (let at = 0; at < 2 * n; at++) near(sums[at]!, target.marginals[at]!, 1e-6)
    }),
    { numRuns: 60 },
  )
})

test('the policy that logged has pseudo-inverse weights of 1 for every slate', () => {
  const logging = slateDistribution(loggingScores, SLOTS)
  const weights = pseudoInverseWeights(logging, logging)
  for (const slate of slatesOf(CANDIDATES, SLOTS)) near(slateWeight(weights, CANDIDATES, slate), 1)
})

test('what the logging policy never shows cannot be evaluated, and too many slates are refused', () => {
  const logging = slateDistribution(Float64Array.of(0, 0, Number.NEGATIVE_INFINITY), 2)
  const target = slateDistribution(new Float64Array(3), 2)
  assert.throws(() => pseudoInverseWeights(logging, target), /candidate 2 in slot 1/)
  assert.throws(() => slateDistribution(new Float64Array(50), 4), /at most 20000 slates/)
  assert.throws(() => slateDistribution(new Float64Array(2), 3), /slots/)
})

test('independent positions and the pseudo-inverse find the value of the target, with less variance than whole slates', () => {
  const logging = slateDistribution(loggingScores, SLOTS)
  const target = slateDistribution(targetScores, SLOTS)
  const pairWeights = pseudoInverseWeights(logging, target)
  let truth = 0
  for (let at = 0; at < target.marginals.length; at++)
    truth += target.marginals[at]! * clickRate(Math.floor(at / CANDIDATES), at % CANDIDATES)
  const runs = 400
  const estimates: Record<string, number[]> = { independent: [], pseudoInverse: [], whole: [] }
  for (let seed = 0; seed < runs; seed++) {
    const log = logSlates(200, seed)
    const slates = Array.from({ length: 200 }, (_, row) => log.shown.subarray(row * SLOTS, (row + 1) * SLOTS))
    const rewards = slateRewards(log)
    const slotWeights = Float64Array.from(log.shown, (c, at) => {
      const pair = (at % SLOTS) * CANDIDATES + c
      return target.marginals[pair]! / logging.marginals[pair]!
    })
    const whole = slates.map(
      (slate) => slateProbability(targetScores, slate) / slateProbability(loggingScores, slate),
    )
    const paired = slates.map((slate) => slateWeight(pairWeights, CANDIDATES, slate))
    estimates.independent!.push(estimate(independentPositions(log, slotWeights)))
    estimates.whole!.push(estimate(inversePropensity({ rewards, weights: Float64Array.from(whole) })))
    estimates.pseudoInverse!.push(
      estimate(inversePropensity({ rewards, weights: Float64Array.from(paired) })),
    )
  }
  const spread: Record<string, number> = {}
  for (const [name, values] of Object.entries(estimates)) {
    const mean = values.reduce((a, b) => a + b, 0) / runs
    spread[name] = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (runs - 1))
    near(mean, truth, (3 * spread[name]!) / Math.sqrt(runs))
  }
  assert.ok(spread.pseudoInverse! < 0.9 * spread.whole!)
  assert.ok(spread.independent! < 0.9 * spread.whole!)
})
