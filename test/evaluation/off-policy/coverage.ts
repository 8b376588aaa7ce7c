/** @file How often the intervals of off-policy estimators hold the truth, over simulated logs. */

import { doublyRobust } from '../../../src/evaluation/off-policy/doubly-robust.ts'
import type { EstimatorTerms } from '../../../src/evaluation/off-policy/estimator.ts'
import { independentPositions } from '../../../src/evaluation/off-policy/independent-positions.ts'
import { bootstrapEstimates } from '../../../src/evaluation/off-policy/intervals.ts'
import { inversePropensity } from '../../../src/evaluation/off-policy/inverse-propensity.ts'
import { weigh } from '../../../src/evaluation/off-policy/policy-log.ts'
import { pseudoInverseWeights, slateWeight } from '../../../src/evaluation/off-policy/pseudo-inverse.ts'
import { modelRewards } from '../../../src/evaluation/off-policy/reward-model.ts'
import { selfNormalised } from '../../../src/evaluation/off-policy/self-normalised.ts'
import { slateDistribution } from '../../../src/evaluation/off-policy/slate-distribution.ts'
import { slateRewards } from '../../../src/evaluation/off-policy/slate-log.ts'
import { switchDoublyRobust } from '../../../src/evaluation/off-policy/switch-doubly-robust.ts'
import { modelExactly, runBandit, TIMID_LOGGING, trueValue } from './bandit.ts'
import { CANDIDATES, clickRate, loggingScores, logSlates, SLOTS, targetScores } from './slates.ts'

export interface Coverage {
  /** Runs whose 95 % interval holds the truth. */
  holding: number
  /** Mean estimate less the truth, in standard errors of that mean. */
  bias: number
  /** Root of the mean squared error. */
  error: number
}

const ROWS = 1000

/** Single actions of the bandit; the model is cross-fitted, and exact for heavy weights, which are left to it. */
export function coverageOfActions(runs: number, resamples: number): Record<string, Coverage> {
  return coverageOf(trueValue(), runs, resamples, (seed) => {
    const { log, target, features } = runBandit(ROWS, seed)
    const modelled = modelRewards(log, target, weigh(log, target), features)
    return {
      ips: inversePropensity(modelled),
      snips: selfNormalised(modelled),
      dr: doublyRobust(modelled),
      'switch-dr': switchDoublyRobust(modelled),
      'switch-dr, heavy weights': switchDoublyRobust(modelExactly(runBandit(ROWS, seed, TIMID_LOGGING))),
    }
  })
}

/** Slates of the Plackett–Luce policy. */
export function coverageOfSlates(runs: number, resamples: number): Record<string, Coverage> {
  const logging = slateDistribution(loggingScores, SLOTS)
  const target = slateDistribution(targetScores, SLOTS)
  const pairWeights = pseudoInverseWeights(logging, target)
  const slotRatio = target.marginals.map((share, at) => share / logging.marginals[at]!)
  const truth = target.marginals.reduce(
    (sum, share, at) => sum + share * clickRate(Math.floor(at / CANDIDATES), at % CANDIDATES),
    0,
  )
  return coverageOf(truth, runs, resamples, (seed) => {
    const log = logSlates(ROWS, runs + seed)
    const rewards = slateRewards(log)
    const weights = rewards.map((_, row) =>
      slateWeight(pairWeights, CANDIDATES, log.shown.subarray(row * SLOTS, (row + 1) * SLOTS)),
    )
    const slotWeights = Float64Array.from(log.shown, (c, at) => slotRatio[(at % SLOTS) * CANDIDATES + c]!)
    return {
      'independent positions': independentPositions(log, slotWeights),
      'pseudo-inverse': inversePropensity({ rewards, weights }),
      'pseudo-inverse, self-normalised': selfNormalised({ rewards, weights }),
    }
  })
}

function coverageOf(
  truth: number,
  runs: number,
  resamples: number,
  estimatorsOf: (seed: number) => Record<string, EstimatorTerms>,
): Record<string, Coverage> {
  const deviations: Record<string, number[]> = {}
  const holding: Record<string, number> = {}
  for (let seed = 0; seed < runs; seed++) {
    const estimators = estimatorsOf(seed)
    const { estimates } = bootstrapEstimates(Object.values(estimators), { resamples, confidence: 0.95, seed })
    for (const [e, name] of Object.keys(estimators).entries()) {
      const { value, low, high } = estimates[e]!
      deviations[name] ??= []
      deviations[name].push(value - truth)
      holding[name] = (holding[name] ?? 0) + (low <= truth && truth <= high ? 1 : 0)
    }
  }
  return Object.fromEntries(
    Object.entries(deviations).map(([name, values]) => {
      const mean = values.reduce((a, b) => a + b, 0) / runs
      const squares = values.reduce((sum, value) => sum + value * value, 0) / runs
      const bias = mean / Math.sqrt((squares - mean * mean) / runs)
      return [name, { holding: holding[name]!, bias, error: Math.sqrt(squares) }]
    }),
  )
}
