/** @file Self-normalised inverse propensity scoring (Swaminathan and Joachims 2015): Σ w·r ÷ Σ w, steadier, biased by O(1/n). */

import type { EstimatorTerms } from './estimator.ts'
import { inversePropensity } from './inverse-propensity.ts'
import type { WeightedLog } from './policy-log.ts'

export function selfNormalised(log: WeightedLog): EstimatorTerms {
  return { terms: inversePropensity(log).terms, divisors: log.weights }
}
