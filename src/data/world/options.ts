/** @file What a simulated world is made to: its seed, its sizes, and how people in it behave. */

import { InvalidOptionError } from '../../base/errors.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Everything about a world follows from these; the same options give the same world to the last byte. */
export interface WorldOptions {
  seed: number
  items: number
  users: number
  /** Exactly this many events are told. */
  events: number
  collections: number
  /** Narrow subjects; the default grows with the root of the items. */
  topics: number
  /** First moment of the period, ms since 1970. */
  start: number
  days: number
  /** Share of the items that are there from the start; the others arrive evenly over the period. */
  itemsAtStart: number
  usersAtStart: number
  /** Interests that change from one topic to another within the period, as a share. */
  drift: number
  /** Items that must never be recommended, as a share. */
  hidden: number
  /** Items that are clicked in a visit, on average; what leads on to other items comes on top. */
  itemsPerVisit: number
  /** Sessions that begin in a feed, whose impressions are logged, as a share. */
  feedShare: number
  /** Clicks that end in a purchase, as a share. */
  purchaseRate: number
  /** Probability that a purchase is followed by a purchase of the complement, where there is one. */
  complementRate: number
  /** Probability that somebody goes on to the sequel of the item just clicked, where there is one. */
  sequelRate: number
}

export const DEFAULT_WORLD: Readonly<Omit<WorldOptions, 'topics'>> = {
  seed: 1,
  items: 4_000,
  users: 6_000,
  events: 250_000,
  collections: 2_000,
  start: Date.UTC(2024, 0, 1),
  days: 180,
  itemsAtStart: 0.5,
  usersAtStart: 0.6,
  drift: 0.5,
  hidden: 0.005,
  itemsPerVisit: 5,
  feedShare: 0.08,
  purchaseRate: 0.15,
  complementRate: 0.6,
  sequelRate: 0.25,
}

/** As many as a 16-bit number tells apart with room to spare; beyond that topics would have no vocabulary. */
const MAX_TOPICS = 2000

/** @throws InvalidOptionError naming the option */
export function worldOptions(given: Partial<WorldOptions>): WorldOptions {
  const chosen = { ...DEFAULT_WORLD, ...given }
  const topics = given.topics ?? Math.min(MAX_TOPICS, Math.max(1, Math.round(0.75 * Math.sqrt(chosen.items))))
  const options = { ...chosen, topics }
  whole('seed', options.seed, 0, 0xffffffff)
  whole('items', options.items, 1, 0xffffffff)
  whole('users', options.users, 1, 0xffffffff)
  whole('events', options.events, 0, Number.MAX_SAFE_INTEGER)
  whole('collections', options.collections, 0, 0xffffffff)
  whole('topics', options.topics, 1, Math.min(MAX_TOPICS, options.items))
  whole('start', options.start, 0, Number.MAX_SAFE_INTEGER)
  if (!(options.days > 0 && options.days <= 36_500)) {
    throw new InvalidOptionError('days', options.days, 'a number above 0, at most 36500')
  }
  if (!(options.itemsPerVisit >= 1 && options.itemsPerVisit <= 20)) {
    throw new InvalidOptionError('itemsPerVisit', options.itemsPerVisit, 'a number from 1 to 20')
  }
  const rates = ['drift', 'hidden', 'feedShare', 'purchaseRate', 'complementRate', 'sequelRate'] as const
  for (const name of ['itemsAtStart', 'usersAtStart', ...rates] as const) {
    if (!(options[name] >= 0 && options[name] <= 1)) {
      throw new InvalidOptionError(name, options[name], 'a share from 0 to 1')
    }
  }
  return options
}

/** First and last moment of the period, ms. */
export function periodOf(options: WorldOptions): { start: number; end: number } {
  return { start: options.start, end: options.start + Math.round(options.days * DAY_MS) }
}

function whole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidOptionError(name, value, `a whole number from ${least} to ${most}`)
  }
}
