/** @file Intervals of all off-policy estimators hold the truth as often as they say, over 300 simulated logs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doublyRobust } from '../../../src/evaluation/off-policy/doubly-robust.ts'
import type { EstimatorTerms } from '../../../src/evaluation/off-policy/estimator.ts'
import { independentPositions } from '../../../src/evaluation/off-policy/independent-positions.ts'
import { bootstrapEstimates, empiricalBernstein } from '../../../src/evaluation/off-policy/intervals.ts'
import { inversePropensity } from '../../../src/evaluation/off-policy/inverse-propensity.ts'
import { weigh } from '../../../src/evaluation/off-policy/policy-log.ts'
import { pseudoInverseWeights, slateWeight } from '../../../src/evaluation/off-policy/pseudo-inverse.ts'
import { modelRewards } from '../../../src/evaluation/off-policy/reward-model.ts'
import { selfNormalised } from '../../../src/evaluation/off-policy/self-normalised.ts'
import { slateDistribution } from '../../../src/evaluation/off-policy/slate-distribution.ts'
import { slateRewards } from '../../../src/evaluation/off-policy/slate-log.ts'
import { switchDoublyRobust } from '../../../src/evaluation/off-policy/switch-doubly-robust.ts'
import { runBandit, trueValue } from './bandit.ts'
import { CANDIDATES, clickRate, loggingScores, logSlates, SLOTS, targetScores } from './slates.ts'

const RUNS = 300
/** 93 % of the runs. */
const ENOUGH = 279
const OPTIONS = { resamples: 250, confidence: 0.95 }

/** Counts the runs whose interval holds the truth, per estimator. */
function countHolding(truth: number, estimatorsOf: (seed: number) => Record<string, EstimatorTerms>) {
  const holding: Record<string, number> = {}
  for (let seed = 0; seed < RUNS; seed++) {
    const estimators = estimatorsOf(seed)
    const { estimates } = bootstrapEstimates(Object.values(estimators), { ...OPTIONS, seed })
    for (const [e, name] of Object.keys(estimators).entries()) {
      const { low, high } = estimates[e]!
      holding[name] = (holding[name] ?? 0) + (low <= truth && truth <= high ? 1 : 0)
    }
  }
  return holding
}

test('for single actions: IPS, SNIPS, DR and SWITCH-DR', () => {
  const holding = countHolding(trueValue(), (seed) => {
    const { log, target, features } = runBandit(1000, seed)
    const modelled = modelRewards(log, target, weigh(log, target), features)
    return {
      ips: inversePropensity(modelled),
      snips: selfNormalised(modelled),
      dr: doublyRobust(modelled),
      'switch-dr': switchDoublyRobust(modelled),
    }
  })
  for (const [name, count] of Object.entries(holding))
    assert.ok(count >= ENOUGH, `${name}: ${count} of ${RUNS}`)
})

test('for slates: independent positions, and the pseudo-inverse plain and self-normalised', () => {
  const logging = slateDistribution(loggingScores, SLOTS)
  const target = slateDistribution(targetScores, SLOTS)
  const pairWeights = pseudoInverseWeights(logging, target)
  const slotRatio = target.marginals.map((share, at) => share / logging.marginals[at]!)
  const truth = target.marginals.reduce(
    (sum, share, at) => sum + share * clickRate(Math.floor(at / CANDIDATES), at % CANDIDATES),
    0,
  )
  const holding = countHolding(truth, (seed) => {
    const log = logSlates(1000, RUNS + seed)
    const rewards = slateRewards(log)
    const slate = (row: number) => log.shown.subarray(row * SLOTS, (row + 1) * SLOTS)
    const paired = rewards.map((_, row) => slateWeight(pairWeights, CANDIDATES, slate(row)))
    const slotWeights = Float64Array.from(log.shown, (c, at) => slotRatio[(at % SLOTS) * CANDIDATES + c]!)
    return {
      'independent positions': independentPositions(log, slotWeights),
      'pseudo-inverse': inversePropensity({ rewards, weights: paired }),
      'pseudo-inverse, self-normalised': selfNormalised({ rewards, weights: paired }),
    }
  })
  for (const [name, count] of Object.entries(holding))
    assert.ok(count >= ENOUGH, `${name}: ${count} of ${RUNS}`)
})

test('the Bernstein interval holds the truth in all but a few of 300 runs, with far fewer rows', () => {
  let holding = 0
  for (let seed = 0; seed < RUNS; seed++) {
    const { log, target } = runBandit(50, seed)
    // The largest weight is 0.45 ÷ 0.08.
    const { low, high } = empiricalBernstein(inversePropensity(weigh(log, target)).terms, 5.625, 0.95)
    if (low <= trueValue() && trueValue() <= high) holding++
  }
  assert.ok(holding >= 285, `${holding} of ${RUNS}`)
})
