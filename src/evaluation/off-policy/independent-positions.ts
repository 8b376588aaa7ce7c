/**
 * @file Independent-position estimator for slates (Li et al. 2018, the item–position click model): the reward of a slot
 * depends on the item in it and on the slot, not on what stands around it, so each slot carries a weight of its own.
 */

import type { EstimatorTerms } from './estimator.ts'
import type { SlateLog } from './slate-log.ts'

/** @param weights row-major like the log: P_π(item in slot | x) ÷ P_logging(item in slot | x) of what was shown */
export function independentPositions({ slots, rewards }: SlateLog, weights: Float64Array): EstimatorTerms {
  const terms = new Float64Array(rewards.length / slots)
  for (let at = 0; at < rewards.length; at++) terms[Math.floor(at / slots)]! += weights[at]! * rewards[at]!
  return { terms }
}
