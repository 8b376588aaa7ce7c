/**
 * @file Looking at any time until a planned number of units: the constant boundary for Brownian motion, which is O'Brien and
 * Fleming's (1979) when one looks all the time.
 *
 * With the share f of the planned units in, z·√f is Brownian motion at time f when there is no effect. The p-value is the
 * probability that such a motion strays that far at any time up to 1. It spends all of its error by the planned end, and is
 * valid only until then; `always-valid.ts` has no end and is wider for it.
 */

import { normalCdf } from '../base/distributions.ts'
import { InvalidOptionError } from '../base/errors.ts'
import type { AlwaysValid } from './always-valid.ts'

/**
 * @param fraction units so far ÷ planned units
 * @throws InvalidOptionError when there are more than planned
 */
export function untilPlanned(
  delta: number,
  standardError: number,
  fraction: number,
  confidence: number,
): AlwaysValid {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new InvalidOptionError(
      'planned',
      fraction,
      'a share of the planned units above 0 and up to 1',
      'there are more units than were planned: the plan is spent, and only always-valid figures go on',
    )
  }
  const half = (boundaryFor(1 - confidence) * standardError) / Math.sqrt(fraction)
  const z = standardError > 0 ? (Math.abs(delta) / standardError) * Math.sqrt(fraction) : delta === 0 ? 0 : 40
  return { p: strayProbability(z), interval: { value: delta, low: delta - half, high: delta + half } }
}

/** Probability that |Brownian motion| reaches b > 0 by time 1 (Feller 1971, chapter X.5), each series where it is short. */
export function strayProbability(b: number): number {
  if (b <= 0) return 1
  let sum = 0
  if (b < 1) {
    for (let k = 0; k < 50; k++) {
      const odd = 2 * k + 1
      sum += ((k % 2 === 0 ? 1 : -1) / odd) * Math.exp((-odd * odd * Math.PI ** 2) / (8 * b * b))
    }
    return 1 - (4 / Math.PI) * sum
  }
  for (let k = 0; k < 10; k++) sum += (k % 2 === 0 ? 4 : -4) * normalCdf(-(2 * k + 1) * b)
  return sum
}

/** The b that is reached with probability alpha, by halving. */
function boundaryFor(alpha: number): number {
  let low = 0
  let high = 40
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (strayProbability(middle) > alpha) low = middle
    else high = middle
  }
  return high
}
