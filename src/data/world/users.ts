/** @file Users of the simulated world as columns: where they are from, what they like, and how that changes. */

import { createRandom, type Random } from '../../base/random.ts'
import { drawRegion, localLanguage, STYLES } from './items.ts'
import { periodOf, type WorldOptions } from './options.ts'
import { firstAbove, type Topics } from './topics.ts'
import { SEGMENTS } from './vocabulary.ts'

/** How a user's attention is shared out among interests, the strongest first. */
export const INTEREST_WEIGHTS = [0.55, 0.3, 0.15] as const
const INTERESTS = INTEREST_WEIGHTS.length

export interface WorldUsers {
  count: number
  /** 1 + position in REGIONS. */
  region: Uint8Array
  /** Position in LANGUAGES; everybody reads the first one too. */
  language: Uint8Array
  /** Position in SEGMENTS. */
  segment: Uint8Array
  /** The two visual styles that please, the first one more. */
  style: Uint8Array
  secondStyle: Uint8Array
  /** When the user turns up for the first time, at the earliest; ms since 1970. */
  joinedAt: Float64Array
  /** How often the user comes, > 0: log-normal. */
  activity: Float32Array
  /** Row-major, users × interests: the topic before and after the interest changes. */
  earlier: Uint16Array
  later: Uint16Array
  /** When each interest changes, as a share of the period; above 1 = never. */
  changesAt: Float32Array
}

const ACTIVITY_SPREAD = 1
const LOCAL_LANGUAGE_SHARE = 0.5
/** Interests within the categories of the user's segment; the others are from anywhere. */
const SEGMENT_SHARE = 0.6
/** Interests that move on to a neighbouring topic when they change; the others move anywhere. */
const NEAR_DRIFT_SHARE = 0.5

export function createUsers(options: WorldOptions, topics: Topics): WorldUsers {
  const count = options.users
  const random = createRandom(options.seed, 3)
  const { start, end } = periodOf(options)
  const users: WorldUsers = {
    count,
    region: new Uint8Array(count),
    language: new Uint8Array(count),
    segment: new Uint8Array(count),
    style: new Uint8Array(count),
    secondStyle: new Uint8Array(count),
    joinedAt: new Float64Array(count),
    activity: new Float32Array(count),
    earlier: new Uint16Array(count * INTERESTS),
    later: new Uint16Array(count * INTERESTS),
    changesAt: new Float32Array(count * INTERESTS),
  }
  for (let user = 0; user < count; user++) {
    users.region[user] = 1 + drawRegion(random)
    users.language[user] = localLanguage(users.region[user], random, LOCAL_LANGUAGE_SHARE)
    users.segment[user] = random.below(SEGMENTS.length)
    users.style[user] = random.below(STYLES)
    users.secondStyle[user] = (users.style[user] + 1 + random.below(STYLES - 1)) % STYLES
    const isOld = random.float() < options.usersAtStart || user === 0
    users.joinedAt[user] = isOld ? start : start + random.below(end - start)
    users.activity[user] = Math.exp(ACTIVITY_SPREAD * random.normal())
    for (let k = user * INTERESTS; k < (user + 1) * INTERESTS; k++) {
      users.earlier[k] = drawInterest(topics, users.segment[user], random)
      const isNear = random.float() < NEAR_DRIFT_SHARE
      users.later[k] = isNear
        ? neighbourTopic(topics, users.earlier[k], random)
        : drawInterest(topics, users.segment[user], random)
      users.changesAt[k] = random.float() < options.drift ? random.float() : 2
    }
  }
  return users
}

/** The topic of one of a user's interests at a moment, given as a share of the period. */
export function interestAt(users: WorldUsers, user: number, interest: number, share: number): number {
  const k = user * INTERESTS + interest
  return share >= users.changesAt[k] ? users.later[k] : users.earlier[k]
}

/** Another topic of the same category; the same one where the category has no other. */
export function neighbourTopic(topics: Topics, topic: number, random: Random): number {
  const beside = topics.ofCategory[topics.category[topic]]
  const place = random.below(beside.length)
  return beside[place] === topic ? beside[(place + 1) % beside.length] : beside[place]
}

function drawInterest(topics: Topics, segment: number, random: Random): number {
  if (random.float() < SEGMENT_SHARE) {
    const leaning = topics.ofSegment[segment]
    const category = topics.ofCategory[leaning[random.below(leaning.length)]]
    return category[random.below(category.length)]
  }
  return firstAbove(topics.cumulated, random.float(), 0, topics.count - 1)
}
