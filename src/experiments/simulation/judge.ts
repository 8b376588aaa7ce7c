/** @file The judge of the simulation, who knows the truth: how good a ranker's lists are, and how good they could be. */

import { topK } from '../../base/top-k.ts'
import { userDrawer } from '../../data/world/events.ts'
import type { Scorer } from '../../ranking/scorer.ts'
import { DAY_MS, dayRandom, FEATURES, type Product, roomFor, scoreCandidates } from './product.ts'

export interface Judgement {
  /** Clicks that the ranker's lists bring on average. */
  expectedClicks: number
  /** The same of the best lists that could be made of the same candidates. */
  bestClicks: number
}

/** Compares a ranker's lists with the best, on requests at the beginning of a day that nobody sees. */
export function judge(product: Product, scorer: Scorer, day: number): Judgement {
  const { world, audience, candidates, options } = product
  const random = dayRandom(product, day, 'judge')
  const drawUser = userDrawer(world, random)
  const time = product.begins + day * DAY_MS
  const room = roomFor(options)
  const truth = new Float64Array(options.candidates)
  let expected = 0
  let best = 0
  for (let request = 0; request < options.judged; request++) {
    const user = drawUser(time)
    const proposed = candidates.propose(user, time, random)
    const scores = scoreCandidates(product, scorer, user, proposed, time, room)
    audience.attractiveness(user, proposed, time, truth)
    const listBy = (values: ArrayLike<number>) =>
      topK(values, options.places).map((candidate) => proposed[candidate]!)
    expected += audience.expectedClicks(user, listBy(scores), time)
    best += audience.expectedClicks(user, listBy(truth.subarray(0, proposed.length)), time)
  }
  return { expectedClicks: expected / options.judged, bestClicks: best / options.judged }
}

/**
 * Logs what people would click on if they looked at every candidate, wherever it stood: from this a ranker learns all that
 * its features can tell. No product can have it; it is the line that the others are compared with.
 */
export function logTruth(product: Product, day: number): void {
  const { world, observed, audience, candidates, log, options } = product
  const random = dayRandom(product, day, 'truth')
  const drawUser = userDrawer(world, random)
  const { values } = roomFor(options)
  const truth = new Float64Array(options.candidates)
  for (let request = 0; request < options.judged; request++) {
    const time = product.begins + (day + (request + 0.5) / options.judged) * DAY_MS
    const user = drawUser(time)
    const proposed = candidates.propose(user, time, random)
    observed.writeFeatures(user, proposed, time, values)
    audience.attractiveness(user, proposed, time, truth)
    log.begin(proposed.length)
    log.values.set(values.subarray(0, proposed.length * FEATURES), log.rows * FEATURES)
    for (let candidate = 0; candidate < proposed.length; candidate++) {
      const row = log.rows++
      log.labels[row] = random.float() < truth[candidate]! ? 1 : 0
      log.items[row] = proposed[candidate]!
      log.places[row] = 0
      log.propensities[row] = 1
      log.randomised[row] = 1
    }
  }
}
