/** @file ε-greedy at every place: mostly the best that is left, with probability ε any that is left, all alike. */

import { topK } from '../../base/top-k.ts'
import { type Policy, policyOf } from './policy.ts'

/**
 * @param epsilon in [0, 1]
 * @param pool only the best so many by score are ever shown
 */
export function epsilonGreedy(epsilon: number, pool: number): Policy {
  const selected = (scores: ArrayLike<number>, limit: number) => topK(scores, Math.max(limit, pool))
  return policyOf({
    name: 'epsilon-greedy',
    draw(scores, limit, random) {
      const left = selected(scores, limit)
      const order = new Uint32Array(Math.min(limit, left.length))
      for (let k = 0, count = left.length; k < order.length; k++, count--) {
        const chosen = random.float() < epsilon ? random.below(count) : 0
        order[k] = left[chosen]!
        left.copyWithin(chosen, chosen + 1, count)
      }
      return order
    },
    conditionals(scores, order) {
      const left = Array.from(selected(scores, order.length))
      const propensities = new Float64Array(order.length)
      for (let k = 0; k < order.length; k++) {
        const at = left.indexOf(order[k]!)
        if (at < 0) break
        propensities[k] = epsilon / left.length + (at === 0 ? 1 - epsilon : 0)
        left.splice(at, 1)
      }
      return propensities
    },
    marginals(scores, order) {
      const among = selected(scores, order.length)
      return Float64Array.from(order, (candidate, place) => {
        const rank = among.indexOf(candidate)
        return rank < 0 ? 0 : marginalOfRank(rank, place, among.length, epsilon)
      })
    },
  })
}

/**
 * Probability that the candidate of a rank comes at a place, both from 0: what matters of the places before is only how
 * many better ones they have used up.
 */
function marginalOfRank(rank: number, place: number, count: number, epsilon: number): number {
  // above[u]: probability that it is still there and u of the better ones are used up.
  let above = new Float64Array(Math.min(rank, place) + 1)
  above[0] = 1
  for (let k = 0; ; k++) {
    const share = epsilon / (count - k)
    if (k === place) {
      return above.reduce((sum, mass, used) => sum + mass * (share + (used === rank ? 1 - epsilon : 0)), 0)
    }
    const next = new Float64Array(above.length)
    for (let used = 0; used < above.length && used <= k; used++) {
      const better = rank - used
      const worse = count - k - 1 - better
      // Where no better one is left, greed takes the candidate itself.
      const usesBetter = better === 0 ? 0 : share * better + 1 - epsilon
      next[used]! += above[used]! * share * worse
      if (usesBetter > 0) next[used + 1]! += above[used]! * usesBetter
    }
    above = next
  }
}
