/** @file The selected candidates in random order (Liu et al. 2017, section 4.2): what the unbiased training data is from. */

import { shuffle } from '../../base/random.ts'
import { topK } from '../../base/top-k.ts'
import { type Policy, policyOf } from './policy.ts'

/** @param pool the best so many by score are shuffled, of which the first are shown; absent = as many as are shown */
export function uniform(pool?: number): Policy {
  const selected = (scores: ArrayLike<number>, limit: number) => topK(scores, Math.max(limit, pool ?? limit))
  return policyOf({
    name: 'uniform',
    draw: (scores, limit, random) => shuffle(selected(scores, limit), random).subarray(0, limit),
    conditionals(scores, order) {
      const among = selected(scores, order.length)
      const propensities = new Float64Array(order.length)
      for (let k = 0; k < order.length && among.includes(order[k]!); k++) {
        propensities[k] = 1 / (among.length - k)
      }
      return propensities
    },
    marginals(scores, order) {
      const among = selected(scores, order.length)
      return Float64Array.from(order, (candidate) => (among.includes(candidate) ? 1 / among.length : 0))
    },
  })
}
