/**
 * @file Intervals of off-policy estimates: a bootstrap over rows, and the empirical Bernstein bound (Maurer and Pontil
 * 2009, theorem 4, on both sides), which holds for every sample size and is wide for it.
 */

import { type BootstrapOptions, bootstrap, type Interval, percentileInterval } from '../bootstrap.ts'
import type { EstimatorTerms } from './estimator.ts'

/**
 * @param estimators terms over the same rows
 * @returns one interval per estimator, and one of each less the first, paired
 */
export function bootstrapEstimates(
  estimators: readonly EstimatorTerms[],
  options: BootstrapOptions,
): { estimates: Interval[]; differences: Interval[] } {
  const rows = estimators[0]?.terms.length ?? 0
  // Terms of all estimators, then the divisors of those that have them.
  const divided = estimators.flatMap(({ divisors }) => (divisors ? [divisors] : []))
  const columns = [...estimators.map(({ terms }) => terms), ...divided]
  const values = new Float64Array(rows * columns.length)
  for (const [c, column] of columns.entries())
    for (let row = 0; row < rows; row++) values[row * columns.length + c] = column[row]!
  const alone = Uint32Array.from({ length: rows }, (_, row) => row)
  const { means, replicates } = bootstrap(values, columns.length, alone, rows, options)
  const divisorOf = estimators.map(({ divisors }) =>
    divisors ? columns.indexOf(divisors, estimators.length) : -1,
  )
  const valueIn = (sums: Float64Array, offset: number, e: number) =>
    sums[offset + e]! / (divisorOf[e]! < 0 ? 1 : sums[offset + divisorOf[e]!]!)
  const intervalOf = (estimateIn: (sums: Float64Array, offset: number) => number): Interval => {
    const sample = new Float64Array(options.resamples)
    for (let r = 0; r < sample.length; r++) sample[r] = estimateIn(replicates, r * columns.length)
    return { value: estimateIn(means, 0), ...percentileInterval(sample, widened(options)) }
  }
  return {
    estimates: estimators.map((_, e) => intervalOf((sums, offset) => valueIn(sums, offset, e))),
    differences: estimators.map((_, e) =>
      intervalOf((sums, offset) => valueIn(sums, offset, e) - valueIn(sums, offset, 0)),
    ),
  }
}

/**
 * The confidence at which a describing quantile of so many replicates is the one that an interval needs: the k-th of B
 * replicates has k ÷ (B + 1) of the distribution below it, so that 250 replicates taken as they are would hold the truth in
 * 94.2 % instead of 95.
 */
function widened({ resamples, confidence }: BootstrapOptions): number {
  const outside = (1 - confidence) / 2
  return 1 - (2 * Math.max(0, (resamples + 1) * outside - 1)) / (resamples - 1)
}

/**
 * @param range the most by which two terms can differ, known before looking: largest possible weight × largest reward
 * @returns the mean with an interval that holds the truth with probability ≥ confidence, whatever n ≥ 2 is
 */
export function empiricalBernstein(terms: Float64Array, range: number, confidence: number): Interval {
  const n = terms.length
  let mean = 0
  for (let row = 0; row < n; row++) mean += terms[row]! / n
  let squares = 0
  for (let row = 0; row < n; row++) squares += (terms[row]! - mean) ** 2
  const logarithm = Math.log(4 / (1 - confidence))
  const half = Math.sqrt((2 * (squares / (n - 1)) * logarithm) / n) + (7 * range * logarithm) / (3 * (n - 1))
  return { value: mean, low: mean - half, high: mean + half }
}
