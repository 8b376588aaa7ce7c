/**
 * @file What every off-policy estimator is: per row a term and a divisor; the estimate is Σ terms ÷ Σ divisors.
 *
 * Plain estimators divide by 1 a row and are means; self-normalised ones divide by the weights. Written this way, one
 * bootstrap gives the intervals of all of them at once, and their differences are paired.
 */

import type { ModelledLog, WeightedLog } from './policy-log.ts'

/** Terms of one estimator, one per row of the log. */
export interface EstimatorTerms {
  readonly terms: Float64Array
  /** One per row; absent = all 1. */
  readonly divisors?: Float64Array
}

/** An estimator that needs no reward model. */
export type WeightEstimator = (log: WeightedLog) => EstimatorTerms

/** An estimator that reads a reward model's predictions. */
export type ModelEstimator = (log: ModelledLog) => EstimatorTerms

/** The estimate itself; NaN for an empty log. */
export function estimate({ terms, divisors }: EstimatorTerms): number {
  return total(terms) / (divisors ? total(divisors) : terms.length)
}

function total(values: Float64Array): number {
  let sum = 0
  for (let row = 0; row < values.length; row++) sum += values[row]!
  return sum
}
