/** @file Everything that happens in a simulated world, in time order, told in batches of bounded memory. */

import { createRandom, type Random } from '../../base/random.ts'
import { periodOf } from './options.ts'
import { RunningVisits } from './running-visits.ts'
import { tellVisit, type Visit } from './session.ts'
import { createShelves } from './shelves.ts'
import { cumulate, firstAbove } from './topics.ts'
import type { World } from './world.ts'

/** Columns; only the first `length` rows count. A batch is written over when the next one is asked for. */
export interface EventBatch {
  length: number
  user: Uint32Array
  item: Uint32Array
  /** Position in EVENT_KINDS. */
  kind: Uint8Array
  /** ms since 1970. */
  time: Float64Array
  /** Number of the visit, from 0. */
  session: Float64Array
}

const BATCH = 8192
const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
/** How busy each hour of a day is, UTC: quiet nights, a small peak at noon, a large one in the evening. */
const HOURS = cumulate([3, 2, 1, 1, 1, 2, 3, 5, 6, 6, 6, 7, 8, 7, 6, 6, 7, 8, 10, 12, 13, 12, 9, 6])
/** A visit of a user who has not turned up yet goes to somebody else; after so many draws to the first user. */
const ATTEMPTS = 100

/** Tells exactly `options.events` events. */
export function* tellEvents(world: World): Generator<EventBatch, void> {
  const { options } = world
  const random = createRandom(options.seed, 4)
  const shelves = createShelves(world)
  const drawUser = userDrawer(world, random)
  const running = new RunningVisits()
  const batch = emptyBatch()
  const write = (visit: Visit, event: number, session: number) => {
    const k = batch.length++
    batch.user[k] = visit.user
    batch.item[k] = visit.items[event]
    batch.kind[k] = visit.kinds[event]
    batch.time[k] = visit.times[event]
    batch.session[k] = session
  }
  let sessions = 0
  let begun = 0
  let start = momentOf(world, 0)
  for (let told = 0; told < options.events; ) {
    if (running.nextTime < start) {
      running.take(write)
      told++
      if (batch.length < BATCH && told < options.events) continue
      yield batch
      batch.length = 0
    } else {
      const visit = running.blank()
      tellVisit(world, shelves, drawUser(start), start, random, visit)
      running.add(visit, sessions++)
      begun += visit.length
      // When all events have begun, nobody comes any more.
      start = begun < options.events ? momentOf(world, begun / options.events) : Number.POSITIVE_INFINITY
    }
  }
}

function emptyBatch(): EventBatch {
  return {
    length: 0,
    user: new Uint32Array(BATCH),
    item: new Uint32Array(BATCH),
    kind: new Uint8Array(BATCH),
    time: new Float64Array(BATCH),
    session: new Float64Array(BATCH),
  }
}

/** The moment at which a share of all events has begun: days alike, hours as busy as HOURS has them. */
function momentOf(world: World, share: number): number {
  const { start, end } = periodOf(world.options)
  // The last visits end within the period.
  const days = (end - start - Math.min(HOUR_MS, (end - start) / 2)) / DAY_MS
  const day = Math.floor(share * days)
  const length = Math.min(1, days - day)
  const ofDay = (share * days - day) / length
  const hour = firstAbove(HOURS, ofDay, 0, HOURS.length - 1)
  const before = hour === 0 ? 0 : HOURS[hour - 1]
  const inHour = (ofDay - before) / (HOURS[hour] - before)
  return Math.floor(start + day * DAY_MS + ((hour + inHour) / HOURS.length) * DAY_MS * length)
}

/** @returns a function that draws users by activity, among those who have joined at a time */
export function userDrawer({ users }: World, random: Random): (time: number) => number {
  const cumulated = cumulate(users.activity)
  return (time) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const user = firstAbove(cumulated, random.float(), 0, users.count - 1)
      if (users.joinedAt[user] <= time) return user
    }
    return 0
  }
}
