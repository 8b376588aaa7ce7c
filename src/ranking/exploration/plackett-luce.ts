/**
 * @file Softmax sampling without replacement (Plackett 1975, Luce 1959): places are filled one after the other, each with
 * probability ∝ exp(score / temperature) among those left. Drawn at once as the best of score / temperature + Gumbel
 * noise (Yellott 1977), which is the same distribution.
 */

import { topK } from '../../base/top-k.ts'
import { probabilityOfCount } from './poisson-binomial.ts'
import { type Policy, policyOf } from './policy.ts'

/** Of the integral over time on a log scale; the integrand is as smooth as a Gumbel density, whose width is 1. */
const STEP = 0.2
/** Ends of the integral around the candidate's own log rate: beyond, its density is below 1e-12. */
const EARLIEST = -28
const LATEST = 3.5

/**
 * @param temperature > 0, in units of the score: low = nearly always ranked, high = nearly uniform
 * @param pool only the best so many by score are ever shown
 */
export function plackettLuce(temperature: number, pool: number): Policy {
  const selected = (scores: ArrayLike<number>, limit: number) => topK(scores, Math.max(limit, pool))
  return policyOf({
    name: 'plackett-luce',
    draw(scores, limit, random) {
      const among = selected(scores, limit)
      const keys = Float64Array.from(
        among,
        (candidate) => scores[candidate]! / temperature - Math.log(-Math.log(1 - random.float())),
      )
      return topK(keys, limit).map((k) => among[k]!)
    },
    conditionals(scores, order) {
      const among = selected(scores, order.length)
      const propensities = new Float64Array(order.length)
      const logits = Float64Array.from(among, (candidate) => scores[candidate]! / temperature)
      const isGone = new Uint8Array(among.length)
      for (let k = 0, best = 0; k < order.length; k++) {
        const chosen = among.indexOf(order[k]!)
        if (chosen < 0) break
        // The best that is left stands first: relative to it nothing overflows and the sum is at least 1.
        while (isGone[best]) best++
        let sum = 0
        for (let j = best; j < among.length; j++) if (!isGone[j]) sum += Math.exp(logits[j]! - logits[best]!)
        propensities[k] = Math.exp(logits[chosen]! - logits[best]!) / sum
        isGone[chosen] = 1
      }
      return propensities
    },
    marginals(scores, order) {
      const among = selected(scores, order.length)
      const logits = Float64Array.from(among, (candidate) => scores[candidate]! / temperature)
      return Float64Array.from(order, (candidate, place) => {
        const chosen = among.indexOf(candidate)
        return chosen < 0 ? 0 : marginalOf(logits, chosen, place)
      })
    },
  })
}

/**
 * Candidates arrive after exponential times with rates exp(logit), and the first to arrive stands first: integrates over
 * the time at which the chosen one arrives the probability that so many arrived before.
 */
function marginalOf(logits: Float64Array, chosen: number, place: number): number {
  const arrived = new Float64Array(logits.length)
  const counts = new Float64Array(place + 1)
  let sum = 0
  for (let s = EARLIEST; s <= LATEST; s += STEP) {
    const time = Math.exp(s)
    for (let j = 0; j < logits.length; j++) {
      arrived[j] = -Math.expm1(-Math.exp(s + logits[j]! - logits[chosen]!))
    }
    sum += STEP * time * Math.exp(-time) * probabilityOfCount(arrived, chosen, place, counts)
  }
  return sum
}
