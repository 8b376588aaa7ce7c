/** @file How often each A/B test errs when there is nothing to find, and what the pre-period is worth against theory. */

import { createRandom } from '../src/base/random.ts'
import { DEFAULT_MIXTURE } from '../src/experiments/always-valid.ts'
import { adjustByPrePeriod } from '../src/experiments/cuped.ts'
import { momentsOf } from '../src/experiments/effect.ts'
import {
  ALPHA,
  analyseNothing,
  dealFairly,
  peekAtNothing,
  preferNothing,
  shareOf,
} from '../test/experiments/null-experiments.ts'
import type { Benchmark, BenchRow } from './bench.ts'

/** With the figure that theory gives in the column of the limit. */
const rate = (metric: string, share: number, limit = 100 * ALPHA): BenchRow => ({
  metric,
  value: Math.round(10_000 * share) / 100,
  unit: '%',
  limit,
})

const benchmark: Benchmark = {
  summary:
    'False-positive rates in simulated experiments without any effect; a rate’s error is about 0.5 points.',
  async run({ quick, note }) {
    const runs = quick ? 500 : 2000
    const horizon = quick ? 10_000 : 100_000
    const analyses = Array.from({ length: runs }, (_, seed) => analyseNothing(600, seed))
    const ofMetric = (metric: string) =>
      analyses.filter(({ comparisons }) => comparisons.some((c) => c.metric === metric && c.p < ALPHA))
        .length / runs
    const anySecondary = analyses.filter(({ comparisons }) =>
      comparisons.some(({ role, significant }) => role === 'secondary' && significant),
    )
    const rows = [
      rate('mean, pre-period taken out', ofMetric('clicks')),
      rate('ratio, pre-period taken out', ofMetric('ctr')),
      rate('mean, heavy tail', ofMetric('spent')),
      rate('mean, normal', ofMetric('other-1')),
      rate('any of five secondary metrics, adjusted', anySecondary.length / runs),
      rate(
        'sample ratio, p < 5 %',
        shareOf(runs, (seed) => dealFairly(12_800, seed).p < ALPHA),
      ),
      rate(
        'sample ratio, alarm',
        shareOf(10 * runs, (seed) => dealFairly(12_800, seed).alarm),
        0.1,
      ),
      rate(
        'sign test of interleaving',
        shareOf(runs, (seed) => preferNothing(400, seed).p < ALPHA),
      ),
    ]
    for (const mixture of [0.05, DEFAULT_MIXTURE, 0.2]) {
      const found = Array.from({ length: runs }, (_, seed) => peekAtNothing(horizon, 1, seed, mixture))
      const share = (name: keyof (typeof found)[number]) =>
        found.filter((peeking) => peeking[name]).length / runs
      const looks = `looks after each of ${horizon.toLocaleString('en')} pairs`
      rows.push(rate(`always valid, mixture ${mixture}, ${looks}`, share('alwaysValid')))
      if (mixture !== DEFAULT_MIXTURE) continue
      rows.push(rate(`until planned, ${looks}`, share('untilPlanned')))
      rows.push(rate(`p for one look, ${looks}`, share('fixed')))
    }
    for (const correlation of [0.3, 0.5, 0.7, 0.9]) {
      rows.push({
        metric: `variance left by CUPED, ρ = ${correlation}`,
        value: varianceLeft(correlation, quick ? 20_000 : 200_000),
        unit: '1',
        limit: 1 - correlation ** 2,
      })
    }
    note(
      'limit: what theory gives; the always-valid rate comes near 5 % only as the horizon goes to infinity.',
    )
    return rows
  },
}

/** Variance after ÷ before, of values with this correlation to their pre-period. */
function varianceLeft(correlation: number, units: number): number {
  const random = createRandom(1, 45)
  const before = Float64Array.from({ length: units }, () => random.normal())
  const after = before.map((x) => correlation * x + Math.sqrt(1 - correlation ** 2) * random.normal())
  const { variance } = momentsOf(after)
  adjustByPrePeriod([after], [before])
  return momentsOf(after).variance / variance
}

export default benchmark
