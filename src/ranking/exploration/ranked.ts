/** @file No exploration: the best first, every time. */

import { topK } from '../../base/top-k.ts'
import { type Policy, policyOf } from './policy.ts'

export function ranked(): Policy {
  return policyOf({
    name: 'ranked',
    draw: (scores, limit) => topK(scores, limit),
    conditionals(scores, order) {
      const propensities = new Float64Array(order.length)
      const best = topK(scores, order.length)
      for (let k = 0; k < order.length && order[k] === best[k]; k++) propensities[k] = 1
      return propensities
    },
    marginals(scores, order) {
      const best = topK(scores, order.length)
      return Float64Array.from(order, (candidate, k) => (candidate === best[k] ? 1 : 0))
    },
  })
}
