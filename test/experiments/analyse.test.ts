/** @file Tests of the analysis: planted effects are found, mismatches stop it, hold-backs and several arms are read right. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { analyse } from '../../src/experiments/analyse.ts'
import { analysisText, picture } from '../../src/experiments/analysis-table.ts'
import { parseMetric } from '../../src/experiments/metric.ts'
import { arms, experimentOf, tableOf } from './experiments.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected} ± ${tolerance}`)

/** Units whose `saves` are normal around 5 plus the lift of their arm, with the same person's saves before. */
function units(counts: number[], lifts: number[], seed: number) {
  const random = createRandom(seed, 5)
  const arm: number[] = []
  const saves: number[] = []
  const before: number[] = []
  const views: number[] = []
  for (const [k, count] of counts.entries()) {
    for (let unit = 0; unit < count; unit++) {
      const person = random.normal()
      arm.push(k)
      before.push(5 + person + 0.5 * random.normal())
      saves.push(5 + person + 0.5 * random.normal() + lifts[k]!)
      views.push(50)
    }
  }
  return tableOf(arm, { saves, before_saves: before, views, before_views: views })
}

const saves = { metrics: [parseMetric('saves')] }

test('a planted effect is inside its intervals, and CUPED narrows them as ρ says', () => {
  const { comparisons, refusal } = analyse(experimentOf(), units([3000, 3000], [0, 0.1], 1), saves)
  assert.equal(refusal, null)
  const [{ delta, cuped, alwaysValid, significant, role, standardError }] = comparisons as [
    (typeof comparisons)[0],
  ]
  assert.equal(role, 'primary')
  assert.ok(delta.low < 0.1 && 0.1 < delta.high && significant)
  assert.ok(alwaysValid.interval.low < delta.low && delta.high < alwaysValid.interval.high)
  // ρ = 1 ÷ 1.25.
  near(cuped!.correlation, 0.8, 0.02)
  const widths = (delta.high - delta.low) / (cuped!.unadjusted.high - cuped!.unadjusted.low)
  near(widths ** 2, 1 - cuped!.correlation ** 2, 0.01)
  near(standardError, Math.sqrt((2 * 1.25 * (1 - 0.64)) / 3000), 1e-3)
})

test('ratios have their pre-period taken out too', () => {
  const metrics = [parseMetric('rate=saves/views')]
  const { comparisons } = analyse(experimentOf(), units([3000, 3000], [0, 0.1], 1), { metrics })
  const whole = analyse(experimentOf(), units([3000, 3000], [0, 0.1], 1), saves).comparisons[0]!
  // Every unit has 50 views: the ratio is the mean ÷ 50.
  near(comparisons[0]!.delta.value * 50, whole.delta.value, 1e-9)
  near(comparisons[0]!.standardError * 50, whole.standardError, 1e-9)
  assert.ok(comparisons[0]!.cuped)
})

test('arms that do not hold their shares are not compared', () => {
  const analysis = analyse(experimentOf(), units([3000, 2600], [0, 0.1], 2), saves)
  assert.match(analysis.refusal!, /shares of units that were declared/)
  assert.deepEqual(analysis.comparisons, [])
  assert.match(analysisText(analysis), /REFUSED/)
})

test('the alarm goes by the declared shares, not by equal ones', () => {
  const uneven = experimentOf({ arms: arms(0.1, 0.9) })
  assert.equal(analyse(uneven, units([300, 2700], [0, 0], 3), saves).refusal, null)
  assert.notEqual(analyse(uneven, units([1500, 1500], [0, 0], 3), saves).refusal, null)
})

test('a handful of units is not an experiment', () => {
  assert.match(analyse(experimentOf(), units([20, 20], [0, 5], 4), saves).refusal!, /20 units, at least 30/)
})

test('a hold-back’s difference is what the launch is worth', () => {
  const holdBack = experimentOf({ kind: 'hold-back', arms: arms(0.05, 0.95), control: 'control' })
  const { comparisons, control } = analyse(holdBack, units([500, 9500], [0, 0.2], 5), saves)
  assert.equal(control, 'control')
  assert.equal(comparisons[0]!.arm, 'arm-1')
  assert.ok(comparisons[0]!.delta.low > 0 && comparisons[0]!.delta.low < 0.2)
})

test('the control may stand anywhere among the arms', () => {
  const experiment = experimentOf({ arms: arms(0.5, 0.5), control: 'arm-1' })
  const { comparisons } = analyse(experiment, units([3000, 3000], [0, 0.1], 1), saves)
  assert.equal(comparisons[0]!.arm, 'control')
  assert.ok(comparisons[0]!.delta.high < 0)
})

test('several arms and secondary metrics are adjusted within their roles', () => {
  const experiment = experimentOf({ arms: arms(0.25, 0.25, 0.25, 0.25) })
  const metrics = ['saves', 'views', 'twice=saves'].map(parseMetric)
  const { comparisons } = analyse(experiment, units([900, 900, 900, 900], [0, 0, 0.15, 0.3], 6), { metrics })
  assert.equal(comparisons.length, 9)
  const primary = comparisons.filter(({ role }) => role === 'primary')
  assert.deepEqual(
    primary.map(({ arm }) => arm),
    ['arm-1', 'arm-2', 'arm-3'],
  )
  for (const { p, adjusted } of comparisons) assert.ok(adjusted >= p)
  assert.equal(primary[2]!.significant, true)
  // Nobody differs in views.
  for (const { metric, p, significant } of comparisons)
    if (metric === 'views') assert.deepEqual([p, significant], [1, false])
})

test('a plan adds figures for looks until it is spent', () => {
  const plan = (plannedUnits: number) =>
    analyse(experimentOf(), units([500, 500], [0, 0.1], 7), { ...saves, plannedUnits })
  const { untilPlanned, p } = plan(4000).comparisons[0]!
  assert.ok(untilPlanned!.p > p)
  assert.throws(() => plan(999), /planned/)
})

test('a metric without its column, or none at all, is refused', () => {
  const table = units([50, 50], [0, 0], 8)
  const metrics = [parseMetric('likes')]
  assert.throws(
    () => analyse(experimentOf(), table, { metrics }),
    /unknown column "likes" .* there are saves/,
  )
  assert.throws(() => analyse(experimentOf(), table, { metrics: [] }), /at least one metric/)
})

test('the table marks what decides, and draws metrics in which nobody differs', () => {
  const metrics = ['saves', 'views'].map(parseMetric)
  const text = analysisText(analyse(experimentOf(), units([3000, 3000], [0, 0.1], 1), { metrics }))
  assert.match(text, /saves \(decides\) .* \* .*├─*●─*┤/)
  assert.match(text, /views .* 1\.0000 .*●/)
  assert.doesNotMatch(text, /NaN|Infinity/)
})

test('pictures show where the interval lies and whether it holds no difference', () => {
  assert.equal(picture({ value: 0.5, low: 0, high: 1 }, 1).slice(15), '├───────●──────┤')
  const spaces = ' '.repeat(10)
  assert.equal(picture({ value: 0, low: -1, high: 1 }, 3), `${spaces}├────●────┤${spaces}`)
  assert.equal(picture({ value: 0, low: 0, high: 0 }, 0).trim(), '●')
})
