/** @file Every test that is offered errs as often as it says when there is nothing to find: 2,000 experiments each. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ALPHA,
  analyseNothing,
  dealFairly,
  peekAtNothing,
  preferNothing,
  shareOf,
} from './null-experiments.ts'

const RUNS = 2000

const within = (name: string, share: number, low = 0.04, high = 0.06) =>
  assert.ok(share >= low && share <= high, `${name}: ${(100 * share).toFixed(2)} %`)

test('means, ratios, both with the pre-period taken out, heavy tails, and many metrics together', () => {
  const analyses = Array.from({ length: RUNS }, (_, seed) => analyseNothing(600, seed))
  const share = (happened: (analysis: (typeof analyses)[number]) => boolean) =>
    analyses.filter(happened).length / RUNS
  for (const metric of ['clicks', 'ctr', 'spent', 'other-1']) {
    within(
      metric,
      share(({ comparisons }) =>
        comparisons.some((compared) => compared.metric === metric && compared.p < ALPHA),
      ),
    )
  }
  within(
    'any secondary metric after adjustment',
    share(({ comparisons }) =>
      comparisons.some(({ role, significant }) => role === 'secondary' && significant),
    ),
  )
})

test('under continuous peeking the planned test errs in 5 %, the always-valid one in no more, the fixed one in many', () => {
  const found = Array.from({ length: RUNS }, (_, seed) => peekAtNothing(5000, 1, seed))
  const share = (name: keyof (typeof found)[number]) => found.filter((peeking) => peeking[name]).length / RUNS
  within('until planned', share('untilPlanned'))
  within('always valid', share('alwaysValid'), 0.015, 0.05)
  within('fixed', share('fixed'), 0.3, 1)
})

test('the sample ratio of fairly dealt arms, and that it stops one experiment in a thousand', () => {
  const found = Array.from({ length: 4 * RUNS }, (_, seed) => dealFairly(12_800, seed))
  within('p below 5 %', found.filter(({ p }) => p < ALPHA).length / found.length)
  within('alarms', found.filter(({ alarm }) => alarm).length / found.length, 0.0003, 0.002)
})

test('the preference between rankings that nobody can tell apart', () => {
  within(
    'sign test',
    shareOf(RUNS, (seed) => preferNothing(400, seed).p < ALPHA),
  )
})
