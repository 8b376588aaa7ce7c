/**
 * @file Examination and attractiveness together, from any log, by expectation–maximisation of the position-based model
 * (Chuklin, Markov and de Rijke 2015, section 4.2.2): P(click) = examination(place) · attractiveness(key).
 *
 * Needs no randomisation, and pays for it: where good things always stand first the two cannot be told apart. It is here
 * to be compared with what randomised traffic says.
 */

import { placesOf, type ShownLog } from './shown-log.ts'

export interface PositionBasedFit {
  /** Relative to the first place. */
  curve: Float64Array
  /** One per key: probability of a click at the first place. */
  attractiveness: Float64Array
}

/** A key begins as one click in so many looks; it counts as two looks, so that none reaches 0 or 1. */
const PRIOR_RATE = 0.2
const PRIOR_LOOKS = 2

export function examinationByExpectation(log: ShownLog, iterations = 100): PositionBasedFit {
  const places = placesOf(log)
  const keys = log.keys.subarray(0, log.length).reduce((most, key) => Math.max(most, key + 1), 0)
  const examined = new Float64Array(places).fill(0.5)
  const attractive = new Float64Array(keys).fill(PRIOR_RATE)
  const shownAt = new Float64Array(places)
  const shownOf = new Float64Array(keys)
  for (let k = 0; k < log.length; k++) {
    shownAt[log.places[k]!]!++
    shownOf[log.keys[k]!]!++
  }
  const looks = new Float64Array(places)
  const likes = new Float64Array(keys)
  for (let iteration = 0; iteration < iterations; iteration++) {
    looks.fill(0)
    likes.fill(PRIOR_RATE * PRIOR_LOOKS)
    for (let k = 0; k < log.length; k++) {
      const place = log.places[k]!
      const key = log.keys[k]!
      if (log.clicks[k] === 1) {
        looks[place]!++
        likes[key]!++
        continue
      }
      const seen = examined[place]!
      const liked = attractive[key]!
      const missed = 1 / (1 - seen * liked)
      looks[place]! += seen * (1 - liked) * missed
      likes[key]! += liked * (1 - seen) * missed
    }
    for (let place = 0; place < places; place++) {
      examined[place] =
        shownAt[place] === 0 ? examined[Math.max(0, place - 1)]! : bounded(looks[place]! / shownAt[place]!)
    }
    for (let key = 0; key < keys; key++) {
      attractive[key] = bounded(likes[key]! / (shownOf[key]! + PRIOR_LOOKS))
    }
  }
  const first = examined[0] ?? 1
  return {
    curve: examined.map((value) => value / first),
    attractiveness: attractive.map((value) => value * first),
  }
}

/** Away from 0 and 1, where expectation–maximisation would never move again. */
function bounded(probability: number): number {
  return Math.min(1 - 1e-6, Math.max(1e-6, probability))
}
