/** @file Tests of the experiments' statistics against figures computed elsewhere, and against slow references. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { bootstrap } from '../../src/evaluation/bootstrap.ts'
import { alwaysValid, mixtureLikelihoodRatio } from '../../src/experiments/always-valid.ts'
import { adjustForMany } from '../../src/experiments/benjamini-hochberg.ts'
import { adjustByPrePeriod } from '../../src/experiments/cuped.ts'
import { compareArms, momentsOf } from '../../src/experiments/effect.ts'
import { parseMetric, unitValues } from '../../src/experiments/metric.ts'
import { strayProbability, untilPlanned } from '../../src/experiments/planned-horizon.ts'
import { checkSampleRatio } from '../../src/experiments/sample-ratio.ts'
import { tableOf } from './experiments.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected} ± ${tolerance}`)

test('two arms of three units, by hand', () => {
  const control = momentsOf(Float64Array.of(1, 2, 3))
  const treatment = momentsOf(Float64Array.of(2, 4, 6))
  assert.deepEqual(control, { units: 3, mean: 2, variance: 1 })
  const { delta, standardError, relative, p, detectable } = compareArms(control, treatment, 0.95)
  near(standardError, Math.sqrt(1 / 3 + 4 / 3), 1e-12)
  near(delta.low, 2 - 1.959964 * standardError, 1e-5)
  // 4 ÷ 2 − 1, with error √(4/3 + 2²/3) ÷ 2.
  assert.equal(relative, null, 'the control’s mean is not clearly above 0')
  near(p, 0.121335, 1e-5)
  near(detectable, (1.959964 + 0.841621) * standardError, 1e-5)
})

test('the relative interval is the one of the ratio of two means', () => {
  const random = createRandom(1)
  const control = Float64Array.from({ length: 5000 }, () => 10 + random.normal())
  const treatment = Float64Array.from({ length: 5000 }, () => 11 + 2 * random.normal())
  const { relative } = compareArms(momentsOf(control), momentsOf(treatment), 0.95)
  near(relative!.value, 0.1, 0.01)
  near((relative!.high - relative!.low) / 2, (1.96 / 10) * Math.sqrt((4 + 1.21) / 5000), 2e-4)
})

test('arms whose units are all alike differ surely or not at all', () => {
  const moments = (value: number) => ({ units: 50, mean: value, variance: 0 })
  assert.equal(compareArms(moments(1), moments(1), 0.95).p, 1)
  assert.equal(compareArms(moments(1), moments(2), 0.95).p, 0)
})

test('CUPED on five units: θ = 1.125, the mean stays, and the variance falls to 1 − ρ²', () => {
  const after = Float64Array.of(1, 2, 3, 4, 6)
  const before = Float64Array.of(1, 1, 2, 3, 5)
  const raw = momentsOf(after)
  const { theta, correlation } = adjustByPrePeriod([after], [before])
  near(theta, 1.125, 1e-12)
  for (const [unit, expected] of [2.575, 3.575, 3.45, 3.325, 3.075].entries())
    near(after[unit]!, expected, 1e-12)
  near(momentsOf(after).mean, 3.2, 1e-12)
  near(momentsOf(after).variance / raw.variance, 0.04223, 5e-6)
  near(1 - correlation ** 2, 0.04223, 5e-6)
})

test('CUPED takes out what the arms differed by before, and leaves what does not vary alone', () => {
  const random = createRandom(3)
  const before = [0, 1].map(() => Float64Array.from({ length: 4000 }, () => random.normal()))
  const after = before.map((x, arm) => x.map((value) => 2 * value + 0.3 * arm + random.normal()))
  const rough = compareArms(momentsOf(after[0]!), momentsOf(after[1]!), 0.95)
  adjustByPrePeriod(after, before)
  const fine = compareArms(momentsOf(after[0]!), momentsOf(after[1]!), 0.95)
  near(fine.delta.value, 0.3, 4 * fine.standardError)
  near((fine.standardError / rough.standardError) ** 2, 1 / 5, 0.02)
  const flat = [Float64Array.of(1, 2), Float64Array.of(3, 4)]
  assert.equal(adjustByPrePeriod(flat, [new Float64Array(2), new Float64Array(2)]).theta, 0)
  assert.deepEqual([...flat[1]!], [3, 4])
})

test('the delta method gives a ratio the standard error that a bootstrap over units gives, within 3 %', () => {
  const random = createRandom(5)
  const units = 2000
  const views = Array.from({ length: units }, () => 1 + random.below(20))
  const clicks = views.map((count, unit) => {
    let sum = 0
    for (let k = 0; k < count; k++) if (random.float() < 0.1 + 0.2 * ((unit % 10) / 10)) sum++
    return sum
  })
  const everybody = Uint32Array.from({ length: units }, (_, unit) => unit)
  const table = tableOf(new Array(units).fill(0), { clicks, views })
  const values = unitValues(table, parseMetric('ctr=clicks/views'), everybody)
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
  near(momentsOf(values).mean, sum(clicks) / sum(views), 1e-12)
  const pairs = Float64Array.from({ length: 2 * units }, (_, k) => (k % 2 ? views : clicks)[k >> 1]!)
  const { replicates } = bootstrap(pairs, 2, everybody, units, { resamples: 4000, seed: 1, confidence: 0.95 })
  const ratios = Float64Array.from({ length: 4000 }, (_, r) => replicates[2 * r]! / replicates[2 * r + 1]!)
  const byBootstrap = Math.sqrt(momentsOf(ratios).variance)
  near(Math.sqrt(momentsOf(values).variance / units) / byBootstrap, 1, 0.03)
})

test('metrics are parsed, and what is none is refused', () => {
  assert.deepEqual(parseMetric('clicks'), { name: 'clicks', numerator: 'clicks', denominator: null })
  assert.deepEqual(parseMetric('a/b'), { name: 'a/b', numerator: 'a', denominator: 'b' })
  assert.deepEqual(parseMetric('ctr=a/b'), { name: 'ctr', numerator: 'a', denominator: 'b' })
  for (const text of ['', 'a/b/c', '=a', 'a/', 'a=b=c']) assert.throws(() => parseMetric(text), /metric/)
})

test('50,500 against 49,500 units at half and half is just above the alarm, 51,000 is below', () => {
  const { chiSquare, p, alarm } = checkSampleRatio([50_500, 49_500], [0.5, 0.5])
  near(chiSquare, 10, 1e-9)
  near(p, 0.001565, 5e-7)
  assert.equal(alarm, false)
  assert.equal(checkSampleRatio([51_000, 49_000], [0.5, 0.5]).alarm, true)
  assert.equal(checkSampleRatio([9000, 1000], [0.9, 0.1]).p, 1)
})

test('the mixture test on 1000 pairs with σ² = 2, τ² = 0.01 and a difference of 0.12', () => {
  const error = Math.sqrt(2 / 1000)
  near(mixtureLikelihoodRatio(0.12, error, 0.1), 8.199886, 5e-7)
  near(alwaysValid(0.12, error, 0.1, 0.95).p, 0.121953, 5e-7)
})

test('an always-valid interval leaves 0 out just when its p is below the level', () => {
  const positive = fc.double({ min: 1e-3, max: 10, noNaN: true })
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), positive, positive, (delta, error, tau) => {
      const { p, interval } = alwaysValid(delta, error, tau, 0.95)
      if (Math.abs(p - 0.05) > 1e-9) assert.equal(p < 0.05, interval.low > 0 || interval.high < 0)
    }),
  )
})

test('an always-valid interval ends at the difference whose p is the level', () => {
  for (const [error, tau] of [
    [0.05, 0.1],
    [0.2, 0.01],
    [0.001, 3],
  ] as const) {
    const { high } = alwaysValid(0, error, tau, 0.95).interval
    near(alwaysValid(high, error, tau, 0.95).p, 0.05, 1e-9)
  }
})

test('always-valid intervals are wider than the one for a single look, and narrow with the error', () => {
  const at = (error: number) => alwaysValid(0, error, 0.1, 0.95).interval.high
  assert.ok(at(0.05) > 1.96 * 0.05)
  assert.ok(at(0.05) > at(0.02) && at(0.02) > at(0.001))
})

test('the probability that Brownian motion strays: known points, and both series agree', () => {
  near(strayProbability(2.2414), 0.05, 1e-5)
  near(strayProbability(2.807), 0.01, 1e-5)
  near(strayProbability(1), strayProbability(1 - 1e-12), 1e-9)
  assert.equal(strayProbability(0), 1)
})

test('until the plan is spent, the interval is that of the boundary; beyond it there is none', () => {
  const { interval, p } = untilPlanned(0.5, 0.2, 0.25, 0.95)
  near(interval.high - 0.5, 2.2414 * 0.2 * 2, 1e-4)
  near(p, strayProbability(1.25), 1e-12)
  near(untilPlanned(2.2414, 1, 1, 0.95).p, 0.05, 1e-5)
  assert.throws(() => untilPlanned(0, 1, 1.01, 0.95), /planned/)
})

/** The definition: the least q at which the k-th smallest p is called, for every k. */
function adjustSlowly(ps: number[]): number[] {
  return ps.map((p) => {
    const reachable = ps.filter((other) => other >= p)
    return Math.min(
      1,
      ...reachable.map((other) => (other * ps.length) / ps.filter((each) => each <= other).length),
    )
  })
}

test('Benjamini and Hochberg’s adjustment, by hand and against its definition', () => {
  assert.deepEqual(adjustForMany([0.5, 0.6]), [0.6, 0.6])
  const adjusted = adjustForMany([0.01, 0.04, 0.03, 0.005])
  for (const [k, expected] of [0.02, 0.04, 0.04, 0.02].entries()) near(adjusted[k]!, expected, 1e-12)
  assert.deepEqual(adjustForMany([]), [])
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (ps) => {
      const slow = adjustSlowly(ps)
      for (const [k, value] of adjustForMany(ps).entries()) near(value, slow[k]!, 1e-12)
    }),
  )
})
