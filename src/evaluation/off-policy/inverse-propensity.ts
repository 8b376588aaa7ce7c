/** @file Inverse propensity scoring (Horvitz and Thompson 1952): the mean of w·r, unbiased where propensities are right. */

import type { EstimatorTerms } from './estimator.ts'
import type { WeightedLog } from './policy-log.ts'

/** @param clip weights above count as this much, which takes variance and adds bias; none by default */
export function inversePropensity(
  { rewards, weights }: WeightedLog,
  clip = Number.POSITIVE_INFINITY,
): EstimatorTerms {
  return { terms: rewards.map((reward, row) => Math.min(weights[row]!, clip) * reward) }
}
