/** @file One visit of a user: an intent, items looked at one after the other, and what they lead on to. */

import type { Random } from '../../base/random.ts'
import { EVENT_KINDS } from '../../store/records.ts'
import { NO_ITEM } from './items.ts'
import { drawItem, type Shelves } from './shelves.ts'
import { firstAbove } from './topics.ts'
import { appeal, shareOfPeriod } from './truth.ts'
import { INTEREST_WEIGHTS, interestAt, neighbourTopic } from './users.ts'
import type { World } from './world.ts'

const IMPRESSION = EVENT_KINDS.indexOf('impression')
const CLICK = EVENT_KINDS.indexOf('click')
const SAVE = EVENT_KINDS.indexOf('save')
const PURCHASE = EVENT_KINDS.indexOf('purchase')

/** Visits about a topic beside an interest, and about anything at all. */
const NEAR_INTENT = 0.12
const ANY_INTENT = 0.04
/** Within a visit, the chance that the next item is about something else. */
const SWITCH_INTENT = 0.06
const MAX_ITEMS = 40
const SAVE_RATE = 0.25
/** Sequels are looked at more readily than they appeal by themselves. */
const SEQUEL_APPEAL = 0.6
/** After so many items that do not appeal, people take the best of them. */
const PATIENCE = 30
/** Seconds between two items: log-normal, median 25. */
const PAUSE_MEDIAN_MS = 25_000
const PAUSE_SPREAD = 0.7
const GLANCE_MS = 1_500

/** Events of one visit in time order; kinds are positions in EVENT_KINDS. */
export interface Visit {
  user: number
  length: number
  items: number[]
  kinds: number[]
  times: number[]
}

export function emptyVisit(): Visit {
  return { user: 0, length: 0, items: [], kinds: [], times: [] }
}

/** Lets `user` visit at `start`; what happens is written over what `visit` held. At least one item is clicked. */
export function tellVisit(
  world: World,
  shelves: Shelves,
  user: number,
  start: number,
  random: Random,
  visit: Visit,
): void {
  const { items, options } = world
  const goOn = 1 - 1 / options.itemsPerVisit
  const isFeed = random.float() < options.feedShare
  const taken: number[] = []
  visit.user = user
  visit.length = 0
  let intent = drawIntent(world, user, start, random)
  let time = start
  let next = NO_ITEM
  do {
    if (random.float() < SWITCH_INTENT) intent = drawIntent(world, user, time, random)
    let item = next
    if (item === NO_ITEM) item = browse()
    else if (isFeed) time = note(visit, item, IMPRESSION, time, GLANCE_MS)
    if (item < 0) return
    next = take(item)
  } while (taken.length < MAX_ITEMS && (next !== NO_ITEM || random.float() < goOn))

  /** Looks at items until one appeals; in a feed every one of them is an impression. */
  function browse(): number {
    let best = -1
    let bestAppeal = 0
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const item = drawItem(shelves, intent, time, random)
      if (taken.includes(item)) continue
      const itsAppeal = appeal(world, user, item)
      if (isFeed) time = note(visit, item, IMPRESSION, time, GLANCE_MS)
      if (random.float() < itsAppeal) return item
      if (itsAppeal > bestAppeal) {
        best = item
        bestAppeal = itsAppeal
      }
    }
    return best
  }

  /** @returns the item that this one leads on to, or NO_ITEM */
  function take(item: number): number {
    taken.push(item)
    const pause = Math.exp(PAUSE_SPREAD * random.normal()) * PAUSE_MEDIAN_MS
    time = note(visit, item, CLICK, time, pause)
    if (random.float() < SAVE_RATE) time = note(visit, item, SAVE, time, pause)
    if (random.float() < options.purchaseRate) {
      time = note(visit, item, PURCHASE, time, pause)
      const complement = items.complement[item]
      if (isThere(complement) && random.float() < options.complementRate) return complement
    }
    const sequel = items.sequel[item]
    if (isThere(sequel) && random.float() < options.sequelRate) {
      if (random.float() < Math.max(SEQUEL_APPEAL, appeal(world, user, sequel))) return sequel
    }
    return NO_ITEM
  }

  function isThere(item: number): boolean {
    if (item === NO_ITEM || items.hidden[item]) return false
    return items.createdAt[item] <= time && !taken.includes(item)
  }
}

function drawIntent(world: World, user: number, time: number, random: Random): number {
  const { topics, users } = world
  const drawn = random.float()
  if (drawn < ANY_INTENT) return firstAbove(topics.cumulated, random.float(), 0, topics.count - 1)
  let rest = random.float()
  let k = 0
  while (k < INTEREST_WEIGHTS.length - 1 && rest >= INTEREST_WEIGHTS[k]) rest -= INTEREST_WEIGHTS[k++]
  const interest = interestAt(users, user, k, shareOfPeriod(world, time))
  return drawn < ANY_INTENT + NEAR_INTENT ? neighbourTopic(topics, interest, random) : interest
}

/** @returns the moment after a pause */
function note(visit: Visit, item: number, kind: number, time: number, pauseMs: number): number {
  const k = visit.length++
  visit.items[k] = item
  visit.kinds[k] = kind
  visit.times[k] = time
  return Math.round(time + pauseMs)
}
