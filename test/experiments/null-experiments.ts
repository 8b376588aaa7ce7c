/** @file Experiments in which nothing differs between the arms, and how often each test says otherwise. */

import { createRandom, type Random } from '../../src/base/random.ts'
import { alwaysValid, DEFAULT_MIXTURE } from '../../src/experiments/always-valid.ts'
import { type Analysis, analyse } from '../../src/experiments/analyse.ts'
import { type Preference, preferenceOf } from '../../src/experiments/interleaving.ts'
import { parseMetric } from '../../src/experiments/metric.ts'
import { strayProbability } from '../../src/experiments/planned-horizon.ts'
import { checkSampleRatio, type SampleRatio } from '../../src/experiments/sample-ratio.ts'
import { experimentOf, tableOf } from './experiments.ts'

export const ALPHA = 0.05

/**
 * People of different activity: views and clicks before and after, money that few spend, dealt into arms by a coin. Clicks
 * after and before are correlated through the activity.
 */
export function analyseNothing(units: number, seed: number): Analysis {
  const random = createRandom(seed, 41)
  const totals: Record<string, number[]> = {}
  const put = (name: string, value: number) => {
    totals[name] ??= []
    totals[name].push(value)
  }
  const arm: number[] = []
  for (let unit = 0; unit < units; unit++) {
    arm.push(random.below(2))
    const activity = Math.exp(0.5 * random.normal())
    for (const prefix of ['before_', '']) {
      const views = poisson(8 * activity, random)
      let clicks = 0
      for (let view = 0; view < views; view++)
        if (random.float() < 0.1 + 0.1 * Math.min(1, activity / 2)) clicks++
      put(`${prefix}views`, views)
      put(`${prefix}clicks`, clicks)
    }
    put('spent', random.float() < 0.2 ? Math.exp(random.normal()) : 0)
    for (const k of [1, 2, 3]) put(`other-${k}`, random.normal())
  }
  const metrics = ['clicks', 'ctr=clicks/views', 'spent', 'other-1', 'other-2', 'other-3'].map(parseMetric)
  return analyse(experimentOf(), tableOf(arm, totals), { metrics })
}

/** The sample ratio of so many units (a multiple of 32) dealt by a fair coin. */
export function dealFairly(units: number, seed: number): SampleRatio {
  const random = createRandom(seed, 44)
  let ones = 0
  for (let word = 0; word < units / 32; word++) {
    for (let bits = random.uint32(); bits !== 0; bits = (bits & (bits - 1)) >>> 0) ones++
  }
  return checkSampleRatio([units - ones, ones], [0.5, 0.5])
}

/** Whether a pair of streams without difference is ever called different, looked at after every `every` pairs. */
export interface Peeking {
  alwaysValid: boolean
  untilPlanned: boolean
  /** With the p-value for a single look: what goes wrong. */
  fixed: boolean
}

/** @param horizon pairs at which watching stops, and that are planned */
export function peekAtNothing(
  horizon: number,
  every: number,
  seed: number,
  mixture = DEFAULT_MIXTURE,
): Peeking {
  const random = createRandom(seed, 42)
  const found: Peeking = { alwaysValid: false, untilPlanned: false, fixed: false }
  let mean = 0
  let squares = 0
  for (let pairs = 1; pairs <= horizon; pairs++) {
    // The difference of two units of deviation 1.
    const difference = Math.SQRT2 * random.normal()
    const from = difference - mean
    mean += from / pairs
    squares += from * (difference - mean)
    if (pairs < 100 || pairs % every !== 0) continue
    const variance = squares / (pairs - 1)
    const error = Math.sqrt(variance / pairs)
    const z = Math.abs(mean) / error
    // No test calls anything below; the likelihood ratio is worth computing only then.
    if (z < 1.9) continue
    if (z > 1.959964) found.fixed = true
    if (alwaysValid(mean, error, mixture * Math.sqrt(variance / 2), 1 - ALPHA).p < ALPHA)
      found.alwaysValid = true
    if (strayProbability(z * Math.sqrt(pairs / horizon)) < ALPHA) found.untilPlanned = true
  }
  return found
}

/** Sessions between two rankings that nobody can tell apart. */
export function preferNothing(sessions: number, seed: number): Preference {
  const random = createRandom(seed, 43)
  return preferenceOf(Array.from({ length: sessions }, () => (random.below(3) - 1) as -1 | 0 | 1))
}

/** Share of the runs in which it happened. */
export function shareOf(runs: number, happened: (seed: number) => boolean): number {
  let count = 0
  for (let seed = 0; seed < runs; seed++) if (happened(seed)) count++
  return count / runs
}

/** Knuth's product of uniform draws; for means up to some dozens. */
function poisson(mean: number, random: Random): number {
  const least = Math.exp(-mean)
  let product = random.float()
  let count = 0
  for (; product > least; count++) product *= random.float()
  return count
}
