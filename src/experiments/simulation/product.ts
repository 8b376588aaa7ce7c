/** @file A simulated product at work: its world, its audience, what it knows, and its log. */

import { createRandom } from '../../base/random.ts'
import { Audience } from '../../data/world/audience.ts'
import { createClickModel } from '../../data/world/click-models/options.ts'
import { tellEvents } from '../../data/world/events.ts'
import { periodOf } from '../../data/world/options.ts'
import { createWorld, type World } from '../../data/world/world.ts'
import type { Scorer } from '../../ranking/scorer.ts'
import { EVENT_KINDS } from '../../store/records.ts'
import { type CandidateGenerator, shelfCandidates } from './candidates.ts'
import { ImpressionLog } from './impression-log.ts'
import { OBSERVED_FEATURES, Observed } from './observed.ts'
import type { SimulationOptions } from './options.ts'

export const DAY_MS = 24 * 60 * 60 * 1000
export const FEATURES = OBSERVED_FEATURES.length
/** The world goes on for so long before the loop begins. */
const DAYS_BEFORE = 60
/** More than a third of what happens are clicks: so many events hold the clicks that are asked for. */
const EVENTS_PER_CLICK = 3
const CLICK = EVENT_KINDS.indexOf('click')

export interface Product {
  options: SimulationOptions
  world: World
  /** When the loop begins, ms. */
  begins: number
  observed: Observed
  audience: Audience
  candidates: CandidateGenerator
  log: ImpressionLog
}

/** Is told of every click that people make before the loop begins, just before it is counted. */
export type ClickWatcher = (user: number, item: number, time: number) => void

/** @param watch opens a watcher of what happens before */
export function openProduct(
  options: SimulationOptions,
  watch: (world: World, observed: Observed) => ClickWatcher = () => () => undefined,
): Product {
  const { seed, items, users, days, clicksBefore } = options
  const events = clicksBefore * EVENTS_PER_CLICK
  const world = createWorld({ seed, items, users, days: DAYS_BEFORE + days, events, collections: 0 })
  const observed = new Observed(world)
  const begins = periodOf(world.options).start + DAYS_BEFORE * DAY_MS
  watchUntil(begins, clicksBefore, world, observed, watch(world, observed))
  return {
    options,
    world,
    begins,
    observed,
    audience: new Audience(world, createClickModel(options.clickModel, options.places), {
      appetite: options.appetite,
      fatigue: { perImpression: options.fatigue, restMs: DAY_MS },
    }),
    candidates: shelfCandidates(world, observed, options.candidates),
    log: new ImpressionLog(OBSERVED_FEATURES),
  }
}

/** The stream of random numbers of one purpose on one day: what one arm draws more of does not move the others. */
export function dayRandom(
  { options }: Product,
  day: number,
  purpose: 'requests' | 'clicks' | 'judge' | 'truth',
) {
  const stream = { requests: 0, clicks: 1, judge: 2, truth: 3 }[purpose]
  return createRandom(options.seed, 0x10000 + day * 4 + stream)
}

/** Scores the candidates of one request. */
export function scoreCandidates(
  { observed }: Product,
  scorer: Scorer,
  user: number,
  proposed: Uint32Array,
  time: number,
  room: { values: Float32Array; scores: Float32Array },
): Float32Array {
  observed.writeFeatures(user, proposed, time, room.values)
  scorer.score(room.values, proposed.length, room.scores)
  return room.scores.subarray(0, proposed.length)
}

export function roomFor({ candidates }: SimulationOptions) {
  return { values: new Float32Array(candidates * FEATURES), scores: new Float32Array(candidates) }
}

/** Counts what people clicked on before there was a recommender. */
function watchUntil(
  end: number,
  most: number,
  world: World,
  observed: Observed,
  watcher: ClickWatcher,
): void {
  let clicks = 0
  for (const { length, user, item, kind, time } of tellEvents(world)) {
    for (let k = 0; k < length; k++) {
      if (time[k]! >= end || clicks === most) return
      if (kind[k] !== CLICK) continue
      watcher(user[k]!, item[k]!, time[k]!)
      observed.click(user[k]!, item[k]!, time[k]!)
      clicks++
    }
  }
}
