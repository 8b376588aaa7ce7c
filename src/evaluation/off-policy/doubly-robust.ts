/**
 * @file Doubly robust estimation (Dudík, Langford and Li 2011): the direct method, corrected by the weighted residuals of
 * the reward model. Right when either the model or the propensities are.
 */

import type { EstimatorTerms } from './estimator.ts'
import type { ModelledLog } from './policy-log.ts'

export function doublyRobust(log: ModelledLog): EstimatorTerms {
  return correctedWhere(log, () => true)
}

/** Direct method plus the correction of those rows that `trusted` says yes to. */
export function correctedWhere(
  { rewards, weights, predicted, expected }: ModelledLog,
  trusted: (weight: number) => boolean,
): EstimatorTerms {
  const terms = expected.map((reward, row) => {
    const weight = weights[row]!
    return trusted(weight) ? reward + weight * (rewards[row]! - predicted[row]!) : reward
  })
  return { terms }
}
