/** @file Tests of the off-policy estimators: computed by hand, on a bandit with known truth, and where they must agree. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { diagnoseWeights } from '../../../src/evaluation/off-policy/diagnostics.ts'
import { directMethod } from '../../../src/evaluation/off-policy/direct-method.ts'
import { doublyRobust } from '../../../src/evaluation/off-policy/doubly-robust.ts'
import { estimate } from '../../../src/evaluation/off-policy/estimator.ts'
import { evaluatePolicy } from '../../../src/evaluation/off-policy/evaluate-policy.ts'
import { empiricalBernstein } from '../../../src/evaluation/off-policy/intervals.ts'
import { inversePropensity } from '../../../src/evaluation/off-policy/inverse-propensity.ts'
import { type ModelledLog, weigh } from '../../../src/evaluation/off-policy/policy-log.ts'
import { refusals } from '../../../src/evaluation/off-policy/publication-gate.ts'
import { modelRewards, rewardModelDefaults } from '../../../src/evaluation/off-policy/reward-model.ts'
import { selfNormalised } from '../../../src/evaluation/off-policy/self-normalised.ts'
import { switchDoublyRobust } from '../../../src/evaluation/off-policy/switch-doubly-robust.ts'
import {
  ACTIONS,
  LOGGING,
  modelExactly,
  runBandit,
  TIMID_LOGGING,
  targetProbability,
  trueValue,
} from './bandit.ts'

const byHand: ModelledLog = {
  weights: Float64Array.of(2, 0.5, 0, 4),
  rewards: Float64Array.of(1, 0, 1, 1),
  predicted: Float64Array.of(0.5, 0.4, 0.6, 0.7),
  expected: Float64Array.of(0.6, 0.5, 0.55, 0.65),
}

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected} ± ${tolerance}`)

test('four rows computed by hand', () => {
  near(estimate(inversePropensity(byHand)), 1.5, 1e-12)
  near(estimate(selfNormalised(byHand)), 0.923077, 5e-7)
  near(estimate(directMethod(byHand)), 0.575, 1e-12)
  near(estimate(doublyRobust(byHand)), 1.075, 1e-12)
  near(estimate(inversePropensity(byHand, 3)), 1.25, 1e-12)
  // Above 3 the last row falls back on the model.
  near(estimate(switchDoublyRobust(byHand, 3)), 1.075 - (4 * 0.3) / 4, 1e-12)
  const { effectiveSampleSize, maxWeight, meanWeight } = diagnoseWeights(byHand.weights)
  near(effectiveSampleSize, 2.08642, 5e-7)
  assert.equal(maxWeight, 4)
  assert.equal(meanWeight, 1.625)
})

test('the logging policy evaluated on its own log gets the mean reward from every estimator, with weights of 1', () => {
  const { log, features } = runBandit(300, 1)
  const same = (_row: number, probabilities: Float64Array) => {
    probabilities.set(LOGGING)
  }
  const weighted = weigh(log, same)
  assert.ok(weighted.weights.every((weight) => weight === 1))
  const mean = log.rewards.reduce((a, b) => a + b, 0) / 300
  near(estimate(inversePropensity(weighted)), mean, 1e-12)
  near(estimate(selfNormalised(weighted)), mean, 1e-12)
  near(estimate(doublyRobust(modelRewards(log, same, weighted, features))), mean, 0.02)
})

/** Mean over runs of an estimator, and its standard error. */
function meanOf(runs: number, estimateOf: (seed: number) => number): { mean: number; error: number } {
  const values = Array.from({ length: runs }, (_, seed) => estimateOf(seed))
  const mean = values.reduce((a, b) => a + b, 0) / runs
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (runs - 1)
  return { mean, error: Math.sqrt(variance / runs) }
}

/** The bandit's log with its model, either of them wrong where it is said. */
function modelled(seed: number, wrong: { model?: boolean; propensities?: boolean } = {}): ModelledLog {
  const run = runBandit(300, seed)
  const propensities = wrong.propensities ? run.log.propensities.map(Math.sqrt) : run.log.propensities
  const error = (action: number) => (wrong.model ? 0.1 * action - 0.3 : 0)
  return modelExactly({ ...run, log: { ...run.log, propensities } }, error)
}

test('on a bandit with known value the unbiased estimators are within three standard errors over 1000 runs', () => {
  for (const estimator of [inversePropensity, selfNormalised, doublyRobust, switchDoublyRobust]) {
    const { mean, error } = meanOf(1000, (seed) => estimate(estimator(modelled(seed))))
    near(mean, trueValue(), 3 * error)
  }
})

test('doubly robust is right when the model is wrong or the propensities are, and not when both are', () => {
  const off = (wrong: { model?: boolean; propensities?: boolean }) => {
    const { mean, error } = meanOf(600, (seed) => estimate(doublyRobust(modelled(seed, wrong))))
    return Math.abs(mean - trueValue()) / error
  }
  assert.ok(off({ model: true }) < 3)
  assert.ok(off({ propensities: true }) < 3)
  assert.ok(off({ model: true, propensities: true }) > 10)
  const { mean, error } = meanOf(600, (seed) => estimate(directMethod(modelled(seed, { model: true }))))
  assert.ok(Math.abs(mean - trueValue()) > 10 * error, 'the wrong model is wrong')
})

test('doubly robust has less variance than inverse propensities', () => {
  const spread = (estimator: (log: ModelledLog) => { terms: Float64Array }) =>
    meanOf(300, (seed) => estimate(estimator(modelled(seed)))).error
  assert.ok(spread(doublyRobust) < 0.9 * spread(inversePropensity))
})

test('cross-fitted models find the click rates of a bandit whose rates are sums over context and action', () => {
  const { log, target, features, contexts } = runBandit(20_000, 4)
  const rate = (context: number, action: number) => 0.1 + 0.05 * action + 0.1 * context
  const rewards = log.rewards.map((_, row) => rate(contexts[row]!, log.actions[row]!))
  const planted = { ...log, rewards }
  const { predicted, expected } = modelRewards(planted, target, weigh(planted, target), features, {
    ...rewardModelDefaults,
    link: 'linear',
  })
  for (let row = 0; row < 100; row++) {
    near(predicted[row]!, rewards[row]!, 2e-3)
    let sum = 0
    for (let a = 0; a < ACTIONS; a++) sum += targetProbability(contexts[row]!, a) * rate(contexts[row]!, a)
    near(expected[row]!, sum, 2e-3)
  }
})

test('a row’s own reward does not move its prediction', () => {
  const { log, target, features } = runBandit(200, 9)
  const before = modelRewards(log, target, weigh(log, target), features)
  const rewards = Float64Array.from(log.rewards)
  rewards[7] = 1 - rewards[7]!
  const changed = { ...log, rewards }
  const after = modelRewards(changed, target, weigh(changed, target), features)
  assert.equal(after.predicted[7], before.predicted[7])
  assert.notEqual(after.predicted[8], before.predicted[8])
})

test('SWITCH-DR leaves a row to the model when its weight is above the root of the rows', () => {
  const rows = 400
  const weights = new Float64Array(rows).fill(1)
  weights.set([20, 20.01, 5000])
  const log: ModelledLog = {
    weights,
    rewards: new Float64Array(rows).fill(1),
    predicted: new Float64Array(rows).fill(0.5),
    expected: new Float64Array(rows).fill(0.25),
  }
  assert.deepEqual([...switchDoublyRobust(log).terms.subarray(0, 4)], [10.25, 0.25, 0.25, 0.75])
  assert.equal(doublyRobust(log).terms[2], 2500.25)
})

test('where weights are heavy and the model is right, SWITCH-DR is unbiased and errs less than doubly robust', () => {
  const logs = Array.from({ length: 300 }, (_, seed) => modelExactly(runBandit(1000, seed, TIMID_LOGGING)))
  assert.ok(logs.some(({ weights }) => weights.some((weight) => weight > Math.sqrt(1000))))
  const switched = meanOf(300, (seed) => estimate(switchDoublyRobust(logs[seed]!)))
  const plain = meanOf(300, (seed) => estimate(doublyRobust(logs[seed]!)))
  near(switched.mean, trueValue(), 3 * switched.error)
  assert.ok(switched.error < 0.7 * plain.error)
})

test('a policy without support in the log is refused, and so is one row that outweighs all others', () => {
  const half = new Float64Array(2000).fill(0.5)
  assert.match(refusals(diagnoseWeights(half)).join(), /average to 0\.500/)
  const heavy = new Float64Array(2000).fill(0.5)
  heavy[0] = 1000
  assert.match(refusals(diagnoseWeights(heavy)).join(), /worth 4 rows .* 0\.20 %/)
  assert.deepEqual(refusals(diagnoseWeights(new Float64Array(2000).fill(1))), [])
  assert.equal(refusals(diagnoseWeights(new Float64Array(0))).length > 0, true)
})

test('propensities that are no probability are refused', () => {
  const { log, target } = runBandit(10, 1)
  for (const wrong of [0, -0.1, 1.5, Number.NaN]) {
    const propensities = Float64Array.from(log.propensities)
    propensities[3] = wrong
    assert.throws(() => weigh({ ...log, propensities }, target), /propensity.*row 4/)
  }
})

test('the Bernstein interval of rows that are all alike, by hand', () => {
  const { value, low, high } = empiricalBernstein(new Float64Array(8).fill(0.5), 3, 0.95)
  assert.equal(value, 0.5)
  near((high - low) / 2, (7 * 3 * Math.log(80)) / (3 * 7), 1e-12)
})

test('the Bernstein interval holds the mean, is symmetric, and narrows with rows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 50 }),
      (values) => {
        const terms = Float64Array.from(values)
        const { value, low, high } = empiricalBernstein(terms, 1, 0.95)
        near(high - value, value - low, 1e-9)
        const twice = empiricalBernstein(Float64Array.from([...values, ...values]), 1, 0.95)
        assert.ok(twice.high - twice.low < high - low)
      },
    ),
  )
})

test('a report lists every estimator with its paired gain over the log', () => {
  const { log, target, features } = runBandit(3000, 2)
  const report = evaluatePolicy(modelRewards(log, target, weigh(log, target), features), { resamples: 200 })
  assert.deepEqual(
    report.estimates.map(({ name }) => name),
    ['ips', 'snips', 'dm', 'dr', 'switch-dr'],
  )
  assert.deepEqual(report.refusals, [])
  near(report.estimates[1]!.value.value, estimate(selfNormalised(weigh(log, target))), 1e-12)
  for (const { name, value, gain } of report.estimates) {
    near(gain.value, value.value - report.logged.value, 1e-12)
    assert.ok(gain.low > 0, `${name}: the target is the better policy`)
  }
  const without = evaluatePolicy(weigh(log, target), { resamples: 200 })
  assert.deepEqual(
    without.estimates.map(({ name }) => name),
    ['ips', 'snips'],
  )
  assert.deepEqual(without.estimates[0], report.estimates[0])
})
