/**
 * @file SWITCH-DR (Wang, Agarwal and Dudík 2017): doubly robust where weights are small, the direct method where they are
 * large.
 *
 * The threshold is √rows (Ionides 2008, truncated importance sampling): no single row then counts for more than 1/√rows,
 * and the bias that it brings goes away as the log grows. The authors' own choice from the data bounds the bias by the
 * largest reward, and for clicks never cuts a row that is there.
 */

import { correctedWhere } from './doubly-robust.ts'
import type { EstimatorTerms } from './estimator.ts'
import type { ModelledLog } from './policy-log.ts'

/** @param threshold rows with a larger weight are left to the model */
export function switchDoublyRobust(log: ModelledLog, threshold = switchThreshold(log)): EstimatorTerms {
  return correctedWhere(log, (weight) => weight <= threshold)
}

export function switchThreshold({ weights }: ModelledLog): number {
  return Math.sqrt(weights.length)
}
