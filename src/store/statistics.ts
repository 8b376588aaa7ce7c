/** @file What a store holds, in figures: counts, times, kinds, how many events items and users have, what the catalog tells. */

import { idAt } from '../base/id-table.ts'
import { EVENT_KINDS, type EventKind } from './records.ts'
import type { EventColumns, Store, StoreCounts } from './store.ts'

/** Distribution of a count over items or users that have at least one event. */
export interface Degrees {
  /** With at least one event. */
  withEvents: number
  mean: number
  /** By quantile: "0.5" is the median. Nearest rank. */
  quantiles: Record<string, number>
  max: number
}

export interface StoreStatistics {
  counts: StoreCounts
  /** First and last time of an event, ISO 8601; null when no event has one. */
  time: { first: string; last: string; withoutTime: number } | null
  kinds: Partial<Record<EventKind, number>>
  sessions: number
  /** Distinct (user, item) pairs, and the share of all possible pairs that are empty. */
  pairs: { distinct: number; sparsity: number }
  items: Degrees
  users: Degrees
  /** Share of items with each of these. */
  catalog: { title: number; text: number; tags: number; image: number; createdAt: number; hidden: number }
  collections: { meanSize: number; largest: number }
  top: { id: string; title: string; events: number }[]
  /** Events by day (up to 62 days) or month, gaps included. */
  timeline: { unit: 'day' | 'month'; first: string; events: number[] }
}

export const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99] as const
const DAY_MS = 86_400_000
const MAX_DAYS = 62

/**
 * Reads the whole log once as columns (about 35 bytes an event).
 *
 * @param top how many of the items with most events are listed
 */
export function storeStatistics(store: Store, top = 10): StoreStatistics {
  const counts = store.counts()
  const events = store.eventColumns()
  const itemDegrees = degreesOf(events.item, events.items.ids.length)
  const userDegrees = degreesOf(events.user, events.users.ids.length)
  const kinds: Partial<Record<EventKind, number>> = {}
  for (const number of events.kind) {
    const kind = EVENT_KINDS[number]!
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  const times = events.time.filter((time) => !Number.isNaN(time)).sort()
  const distinct = distinctPairs(events)
  const possible = counts.users * counts.items
  return {
    counts,
    time:
      times.length === 0
        ? null
        : { first: iso(times[0]!), last: iso(times.at(-1)!), withoutTime: events.length - times.length },
    kinds,
    sessions: events.session.reduce((most, session) => Math.max(most, session), 0),
    pairs: { distinct, sparsity: possible === 0 ? 1 : 1 - distinct / possible },
    items: describe(itemDegrees),
    users: describe(userDegrees),
    catalog: catalogShares(store, counts.items),
    collections: collectionSizes(store),
    top: topItems(store, events, itemDegrees, top),
    timeline: timelineOf(times),
  }
}

function degreesOf(indices: Uint32Array, length: number): Uint32Array {
  const degrees = new Uint32Array(length)
  for (const index of indices) degrees[index]!++
  return degrees
}

function describe(degrees: Uint32Array): Degrees {
  const sorted = degrees.filter((degree) => degree > 0).sort()
  const { length } = sorted
  const rank = (quantile: number) => sorted[Math.max(0, Math.ceil(quantile * length) - 1)] ?? 0
  return {
    withEvents: length,
    mean: length === 0 ? 0 : sorted.reduce((sum, degree) => sum + degree, 0) / length,
    quantiles: Object.fromEntries(QUANTILES.map((quantile) => [String(quantile), rank(quantile)])),
    max: sorted.at(-1) ?? 0,
  }
}

function distinctPairs({ length, user, item, items }: EventColumns): number {
  const pairs = new Float64Array(length)
  for (let row = 0; row < length; row++) pairs[row] = user[row]! * items.ids.length + item[row]!
  pairs.sort()
  let distinct = 0
  for (let row = 0; row < length; row++) if (row === 0 || pairs[row] !== pairs[row - 1]) distinct++
  return distinct
}

function catalogShares(store: Store, count: number): StoreStatistics['catalog'] {
  const shares = { title: 0, text: 0, tags: 0, image: 0, createdAt: 0, hidden: 0 }
  const share = 1 / Math.max(1, count)
  for (const items of store.items()) {
    for (const item of items) {
      if (item.title !== '') shares.title += share
      if (item.text !== '') shares.text += share
      if (item.tags.length > 0) shares.tags += share
      if (item.image !== null) shares.image += share
      if (item.createdAt !== null) shares.createdAt += share
      if (item.hidden) shares.hidden += share
    }
  }
  return shares
}

function collectionSizes(store: Store): StoreStatistics['collections'] {
  let count = 0
  let sum = 0
  let largest = 0
  for (const collections of store.collections()) {
    for (const { items } of collections) {
      count++
      sum += items.length
      largest = Math.max(largest, items.length)
    }
  }
  return { meanSize: count === 0 ? 0 : sum / count, largest }
}

function topItems(
  store: Store,
  { items }: EventColumns,
  degrees: Uint32Array,
  top: number,
): StoreStatistics['top'] {
  const order = Uint32Array.from(degrees.keys()).sort((a, b) => degrees[b]! - degrees[a]! || a - b)
  const best = Array.from(order.subarray(0, top)).filter((item) => degrees[item]! > 0)
  return best.map((item) => {
    const id = idAt(items, item)
    return { id, title: store.getItem(id)?.title ?? '', events: degrees[item]! }
  })
}

/** @param times ascending */
function timelineOf(times: Float64Array): StoreStatistics['timeline'] {
  if (times.length === 0) return { unit: 'month', first: '', events: [] }
  const unit = times.at(-1)! - times[0]! < MAX_DAYS * DAY_MS ? 'day' : 'month'
  const slot = unit === 'day' ? (time: number) => Math.floor(time / DAY_MS) : monthOf
  const first = slot(times[0]!)
  const events: number[] = Array(slot(times.at(-1)!) - first + 1).fill(0)
  for (const time of times) events[slot(time) - first]!++
  return { unit, first: iso(times[0]!).slice(0, unit === 'day' ? 10 : 7), events }
}

function monthOf(time: number): number {
  const date = new Date(time)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

const iso = (time: number) => new Date(time).toISOString()
