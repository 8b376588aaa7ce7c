/** @file One day of the simulated product: requests come, lists are shown, clicks are logged and counted at once. */

import { userDrawer } from '../../data/world/events.ts'
import { createExploration } from '../../ranking/exploration/options.ts'
import type { Scorer } from '../../ranking/scorer.ts'
import { DAY_MS, dayRandom, FEATURES, type Product, roomFor, scoreCandidates } from './product.ts'

export interface ServedDay {
  /** On all requests. */
  clicks: number
  /** On those in random order. */
  randomisedClicks: number
}

/** @param weighs whether propensities are wanted in the log: those of places one by one cost more than all the rest */
export function serveDay(product: Product, scorer: Scorer, day: number, weighs: boolean): ServedDay {
  const { world, observed, audience, log, candidates, options } = product
  const { requestsPerDay, places } = options
  const random = dayRandom(product, day, 'requests')
  const clicking = dayRandom(product, day, 'clicks')
  const drawUser = userDrawer(world, random)
  const exploration = createExploration({
    share: options.share,
    salt: String(options.seed),
    pool: options.candidates,
    otherwise: options.policy,
  })
  const room = roomFor(options)
  const clicked = new Uint8Array(places)
  const shown = new Uint32Array(places)
  const served: ServedDay = { clicks: 0, randomisedClicks: 0 }
  for (let request = 0; request < requestsPerDay; request++) {
    const time = product.begins + (day + (request + 0.5) / requestsPerDay) * DAY_MS
    const user = drawUser(time)
    const proposed = candidates.propose(user, time, random)
    const scores = scoreCandidates(product, scorer, user, proposed, time, room)
    const requestId = `${day}-${request}`
    const isRandomised = exploration.isRandomised(requestId)
    const { order } = exploration.policyFor(requestId).show(scores, places, random)
    const propensities = weighs ? exploration.marginals(scores, order) : null
    order.forEach((candidate, place) => {
      shown[place] = proposed[candidate]!
    })
    audience.show(user, shown.subarray(0, order.length), time, clicking, clicked)
    log.begin(order.length)
    order.forEach((candidate, place) => {
      const row = log.rows++
      log.values.set(room.values.subarray(candidate * FEATURES, (candidate + 1) * FEATURES), row * FEATURES)
      log.labels[row] = clicked[place]!
      log.items[row] = shown[place]!
      log.places[row] = place
      log.propensities[row] = propensities ? propensities[place]! : Number.NaN
      log.randomised[row] = isRandomised ? 1 : 0
      observed.impression(user, shown[place]!, time, clicked[place] === 1)
      served.clicks += clicked[place]!
      if (isRandomised) served.randomisedClicks += clicked[place]!
    })
  }
  return served
}
