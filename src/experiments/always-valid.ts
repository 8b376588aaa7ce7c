/**
 * @file Always-valid inference by the mixture sequential probability ratio test with a normal mixture (Robbins 1970; Johari,
 * Pekelis and Walsh 2017): looked at as often as one likes, and stopped when one likes, it errs no more often than it says.
 *
 * The effect under the alternative is thought of as drawn from N(0, τ²). Where V is the square of the difference's standard
 * error, Λ = √(V / (V + τ²)) · exp(τ²δ̂² / (2V(V + τ²))) is a martingale when there is no effect, so that Λ ≥ 1/α is ever
 * reached with probability α at most (Ville's inequality), and 1/Λ is a p-value at whatever moment.
 */

import type { Interval } from '../evaluation/bootstrap.ts'

export interface AlwaysValid {
  /** min(1, 1/Λ); over several looks, the least of them may be kept. */
  p: number
  /** Of the difference; holds the truth at all looks together with the confidence. */
  interval: Interval
}

/**
 * τ in standard deviations of a unit. Fixed before looking: among smaller effects it is tightest where an arm has 1,000 to
 * 4,000 units per (0.1 ÷ τ)², and it loses little (a fifth of the interval) up to a hundred times as many.
 */
export const DEFAULT_MIXTURE = 0.1

/** Λ of a difference with its standard error > 0. */
export function mixtureLikelihoodRatio(delta: number, standardError: number, tau: number): number {
  const v = standardError ** 2
  const t = tau ** 2
  return Math.sqrt(v / (v + t)) * Math.exp((t * delta * delta) / (2 * v * (v + t)))
}

/** @param tau in the unit of the difference, > 0 */
export function alwaysValid(
  delta: number,
  standardError: number,
  tau: number,
  confidence: number,
): AlwaysValid {
  if (!(standardError > 0))
    return { p: delta === 0 ? 1 : 0, interval: { value: delta, low: delta, high: delta } }
  const v = standardError ** 2
  const t = tau ** 2
  const half = Math.sqrt(((2 * v * (v + t)) / t) * (0.5 * Math.log((v + t) / v) - Math.log(1 - confidence)))
  return {
    p: Math.min(1, 1 / mixtureLikelihoodRatio(delta, standardError, tau)),
    interval: { value: delta, low: delta - half, high: delta + half },
  }
}
