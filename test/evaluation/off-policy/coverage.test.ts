/** @file Intervals of all off-policy estimators hold the truth as often as they say, over 300 simulated logs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { empiricalBernstein } from '../../../src/evaluation/off-policy/intervals.ts'
import { inversePropensity } from '../../../src/evaluation/off-policy/inverse-propensity.ts'
import { weigh } from '../../../src/evaluation/off-policy/policy-log.ts'
import { runBandit, trueValue } from './bandit.ts'
import { type Coverage, coverageOfActions, coverageOfSlates } from './coverage.ts'

const RUNS = 300
const RESAMPLES = 250

function assertHonest(found: Record<string, Coverage>): void {
  for (const [name, { holding, bias }] of Object.entries(found)) {
    assert.ok(holding >= 0.93 * RUNS, `${name}: ${holding} of ${RUNS}`)
    assert.ok(Math.abs(bias) < 3, `${name}: off by ${bias} standard errors`)
  }
}

test('for single actions: IPS, SNIPS, DR and SWITCH-DR', () => {
  assertHonest(coverageOfActions(RUNS, RESAMPLES))
})

test('for slates: independent positions, and the pseudo-inverse plain and self-normalised', () => {
  assertHonest(coverageOfSlates(RUNS, RESAMPLES))
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
