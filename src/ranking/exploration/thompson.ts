/**
 * @file Thompson sampling (Thompson 1933; Chapelle and Li 2011): every candidate draws a click rate from what is known of
 * it, and the draws are ranked. The prior's mean is the ranker's score, which must be a probability; clicks and looks
 * move it. Propensities are exact up to numeric integration (`beta-race.ts`), not estimated by draws.
 */

import type { Random } from '../../base/random.ts'
import { topK } from '../../base/top-k.ts'
import { type BetaRace, betaRace, orderConditionals, placeProbability } from './beta-race.ts'
import { type Evidence, type Policy, policyOf } from './policy.ts'

/** A prior counts at least as one click and one look without: its log odds then have a tail that can be integrated. */
const LEAST_COUNT = 1
/** Nothing is ever taken for surer than after so many clicks: exploration does not die out. */
const MOST_CERTAIN = 400
/** Scores nearer to 0 or 1 count as this. */
const EDGE = 1e-4

/**
 * @param strength looks that the prior counts as, > 0
 * @param pool only the best so many by score are ever shown
 */
export function thompson(strength: number, pool: number): Policy {
  const selected = (scores: ArrayLike<number>, limit: number) => topK(scores, Math.max(limit, pool))
  const raceOf = (scores: ArrayLike<number>, among: Uint32Array, evidence?: Evidence): BetaRace => {
    const { alphas, betas } = beliefsOf(scores, among, strength, evidence)
    return betaRace(alphas, betas)
  }
  return policyOf({
    name: 'thompson',
    draw(scores, limit, random, evidence) {
      const among = selected(scores, limit)
      const { alphas, betas } = beliefsOf(scores, among, strength, evidence)
      const drawn = alphas.map((a, k) => drawLogOdds(a, betas[k]!, random))
      return topK(drawn, limit).map((k) => among[k]!)
    },
    conditionals(scores, order, evidence) {
      const among = selected(scores, order.length)
      const propensities = new Float64Array(order.length)
      const places = Array.from(order, (candidate) => among.indexOf(candidate))
      const stranger = places.indexOf(-1)
      const known = stranger < 0 ? places : places.slice(0, stranger)
      propensities.set(orderConditionals(raceOf(scores, among, evidence), known))
      return propensities
    },
    marginals(scores, order, evidence) {
      const among = selected(scores, order.length)
      const race = raceOf(scores, among, evidence)
      return Float64Array.from(order, (candidate, place) => {
        const variable = among.indexOf(candidate)
        return variable < 0 ? 0 : placeProbability(race, variable, place)
      })
    },
  })
}

/** The Beta distribution of each candidate's click rate. */
function beliefsOf(scores: ArrayLike<number>, among: Uint32Array, strength: number, evidence?: Evidence) {
  const alphas = new Float64Array(among.length)
  const betas = new Float64Array(among.length)
  among.forEach((candidate, k) => {
    const mean = Math.min(1 - EDGE, Math.max(EDGE, scores[candidate]!))
    const looks = Math.max(strength, LEAST_COUNT / mean, LEAST_COUNT / (1 - mean))
    const clicks = evidence ? evidence.clicks[candidate]! : 0
    const failures = evidence ? Math.max(0, evidence.looks[candidate]! - clicks) : 0
    const a = looks * mean + clicks
    const b = looks * (1 - mean) + failures
    const shrink = Math.min(1, MOST_CERTAIN / Math.min(a, b))
    alphas[k] = a * shrink
    betas[k] = b * shrink
  })
  return { alphas, betas }
}

/** Log odds of a Beta(a, b) draw: the ratio of two gamma draws; no rounding near 0 and 1. */
function drawLogOdds(a: number, b: number, random: Random): number {
  return Math.log(drawGamma(a, random)) - Math.log(drawGamma(b, random))
}

/** Gamma of a shape ≥ 1 (Marsaglia and Tsang 2000). */
function drawGamma(shape: number, random: Random): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    if (Math.log(1 - random.float()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}
