/** @file The direct method: believes the reward model; no variance from weights, all of the model's bias. */

import type { EstimatorTerms } from './estimator.ts'
import type { ModelledLog } from './policy-log.ts'

export function directMethod({ expected }: Pick<ModelledLog, 'expected'>): EstimatorTerms {
  return { terms: expected }
}
