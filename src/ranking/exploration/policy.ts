/** @file What an exploration policy is: scores of candidates in, a list out, and the exact probability of every place. */

import type { Random } from '../../base/random.ts'

/** What is known of each candidate beside its score, for policies that weigh how sure they are. */
export interface Evidence {
  /** Clicks so far, one per candidate, ≥ 0; may be fractions, when they are decayed. */
  clicks: ArrayLike<number>
  /** Times the candidate was looked at, one per candidate; counted as at least the clicks. */
  looks: ArrayLike<number>
}

/** What is shown, first place first. */
export interface Shown {
  /** Positions in the scores. */
  order: Uint32Array
  /** Probability that the policy shows this candidate at this place, given what it showed before it. */
  propensities: Float64Array
}

/**
 * Draws lists. The probability of a whole list is the product of its conditional propensities.
 *
 * Scores are finite and in any order; −Infinity is never shown. Equal scores are ranked by position.
 */
export interface Policy {
  readonly name: string
  /** @param limit places; fewer are filled when there are fewer candidates */
  show(scores: ArrayLike<number>, limit: number, random: Random, evidence?: Evidence): Shown
  /**
   * What `show` would state for this list, whoever drew it; 0 where this policy would never do so, and after it.
   *
   * @param order distinct positions in the scores, as many as the limit has places for
   */
  conditionals(scores: ArrayLike<number>, order: ArrayLike<number>, evidence?: Evidence): Float64Array
  /**
   * Probability that the candidate is shown at its place, whatever stands before it: costs more, and is asked for by
   * estimators that look at places one by one.
   */
  marginals(scores: ArrayLike<number>, order: ArrayLike<number>, evidence?: Evidence): Float64Array
}

/** What a policy is made of: how to draw, and the probabilities of what was drawn. */
export interface PolicyRules {
  name: string
  draw(scores: ArrayLike<number>, limit: number, random: Random, evidence?: Evidence): Uint32Array
  conditionals: Policy['conditionals']
  marginals: Policy['marginals']
}

export function policyOf({ name, draw, conditionals, marginals }: PolicyRules): Policy {
  return {
    name,
    show(scores, limit, random, evidence) {
      const order = draw(scores, limit, random, evidence)
      return { order, propensities: conditionals(scores, order, evidence) }
    },
    conditionals,
    marginals,
  }
}
