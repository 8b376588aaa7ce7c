/** @file A fixed share of the requests is shown in random order, chosen by a hash of the request's id. */

import { hashText } from '../../base/id-table.ts'
import type { Evidence, Policy } from './policy.ts'

/** Two policies, of which the request's id picks one. */
export interface RandomisedShare {
  readonly share: number
  /** The same id always gets the same answer. */
  isRandomised(requestId: string): boolean
  /** Shows this request: what it states are its own propensities, given that the request fell to it. */
  policyFor(requestId: string): Policy
  /**
   * Conditional propensities over both policies, for who takes the id as drawn at random: what inverse-propensity
   * weights over *all* traffic need, where a list that both could have shown counts as both.
   */
  conditionals(scores: ArrayLike<number>, order: ArrayLike<number>, evidence?: Evidence): Float64Array
  /** The same for the places one by one. */
  marginals(scores: ArrayLike<number>, order: ArrayLike<number>, evidence?: Evidence): Float64Array
}

/** @param share of the requests that fall to `randomised`, in [0, 1] */
export function randomisedShare(
  randomised: Policy,
  otherwise: Policy,
  share: number,
  salt: string,
): RandomisedShare {
  const isRandomised = (requestId: string) => hashText(`${salt}/${requestId}`) < share * 2 ** 32
  return {
    share,
    isRandomised,
    policyFor: (requestId) => (isRandomised(requestId) ? randomised : otherwise),
    conditionals(scores, order, evidence) {
      const random = randomised.conditionals(scores, order, evidence)
      const other = otherwise.conditionals(scores, order, evidence)
      const propensities = new Float64Array(order.length)
      // Having seen the places before, the request is more likely to have fallen to the policy that fits them.
      let ofRandom = share
      let ofOther = 1 - share
      for (let k = 0; k < order.length; k++) {
        const before = ofRandom + ofOther
        if (before === 0) break
        const nextRandom = (ofRandom / before) * random[k]!
        const nextOther = (ofOther / before) * other[k]!
        propensities[k] = nextRandom + nextOther
        ofRandom = nextRandom
        ofOther = nextOther
      }
      return propensities
    },
    marginals(scores, order, evidence) {
      const random = randomised.marginals(scores, order, evidence)
      const other = otherwise.marginals(scores, order, evidence)
      return random.map((propensity, k) => share * propensity + (1 - share) * other[k]!)
    },
  }
}
