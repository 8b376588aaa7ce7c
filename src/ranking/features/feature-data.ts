/** @file What features need to know beside catalog, graph and sources: counted once from the training events. */

import type { Artefact } from '../../base/array-file.ts'
import { packColumns, unpackColumns } from '../../base/columns.ts'
import { type Csr, csrFromEdges } from '../../base/csr.ts'
import { sharedFloat32, sharedFloat64, toShared } from '../../base/shared.ts'
import { type StringColumn, stringAt } from '../../base/string-column.ts'
import type { Dataset, Interactions, OtherEvents } from '../../data/dataset.ts'
import { firstTouches, popularity } from '../../data/popularity.ts'
import { EVENT_KINDS } from '../../store/records.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Half-lives in days of the fading counts: what is hot, what this week likes, what the season likes. */
export const HALF_LIVES_DAYS = [1, 7, 30] as const

/** One value per item unless said otherwise; over shared memory. */
export interface FeatureData {
  /** Positive events. */
  count: Float32Array
  /** Row-major, items × HALF_LIVES_DAYS: positive events fading up to `now`. 0 without times. */
  recent: Float32Array
  /** Milliseconds since 1970, NaN where unknown. */
  firstTouch: Float64Array
  lastTouch: Float64Array
  /** Events that are not positive: ratings below the bound, and all others (marks, hides). */
  low: Float32Array
  marked: Float32Array
  /** Items × tags. */
  tags: Csr
  /** Users × items: events that are not positive, `weights` 1 + their kind's number. */
  others: Csr
  /** When the counting ended, ms since 1970; NaN without times. */
  now: number
}

const COLUMNS = [
  'count',
  'recent',
  'firstTouch',
  'lastTouch',
  'low',
  'marked',
  'tags.offsets',
  'tags.targets',
  'others.offsets',
  'others.targets',
  'now',
]

/** Counts over the training events of a dataset. */
export function fitFeatureData(dataset: Dataset): Artefact {
  const { interactions, others, catalog, users, now } = dataset
  const items = catalog.items.ids.length
  const { low, marked } = countOthers(others, items)
  return packColumns({
    count: toFloat32(popularity(interactions, items, now, Number.POSITIVE_INFINITY)),
    recent: recentCounts(interactions, items, now),
    firstTouch: toShared(firstTouches(interactions, items)),
    lastTouch: lastTouches(interactions, items),
    low,
    marked,
    tags: tagRows(catalog.tags),
    others: csrFromEdges(users.users.ids.length, items, {
      from: others.user,
      to: others.item,
      weights: Float32Array.from(others.kind, (kind) => kind + 1),
    }),
    // JSON has no NaN.
    now: Number.isNaN(now) ? null : now,
  })
}

/** @throws DamagedArtefactError when a column is missing */
export function openFeatureData(artefact: Artefact): FeatureData {
  const data = unpackColumns<FeatureData & { now: number | null }>(artefact, 'features', COLUMNS)
  return { ...data, now: data.now ?? Number.NaN }
}

function recentCounts(interactions: Interactions, items: number, now: number): Float32Array {
  const width = HALF_LIVES_DAYS.length
  const recent = sharedFloat32(items * width)
  if (!interactions.time) return recent
  HALF_LIVES_DAYS.forEach((days, h) => {
    const counts = popularity(interactions, items, now, days * DAY_MS)
    for (let item = 0; item < items; item++) recent[item * width + h] = counts[item]
  })
  return recent
}

function lastTouches({ time, item, length }: Interactions, items: number): Float64Array {
  const last = sharedFloat64(items).fill(Number.NaN)
  if (time) for (let k = 0; k < length; k++) last[item[k]] = time[k]
  return last
}

function countOthers({ length, item, kind }: OtherEvents, items: number) {
  const rating = EVENT_KINDS.indexOf('rating')
  const low = sharedFloat32(items)
  const marked = sharedFloat32(items)
  for (let k = 0; k < length; k++) (kind[k] === rating ? low : marked)[item[k]]++
  return { low, marked }
}

/** Tags get numbers in the order of their first mention. */
function tagRows(tags: StringColumn): Csr {
  const numbers = new Map<string, number>()
  const from: number[] = []
  const to: number[] = []
  for (let item = 0; item < tags.length; item++) {
    const text = stringAt(tags, item)
    if (text === '') continue
    for (const tag of text.split('\n')) {
      if (!numbers.has(tag)) numbers.set(tag, numbers.size)
      from.push(item)
      to.push(numbers.get(tag)!)
    }
  }
  return csrFromEdges(tags.length, numbers.size, { from, to })
}

function toFloat32(values: Float64Array): Float32Array {
  const shared = sharedFloat32(values.length)
  shared.set(values)
  return shared
}
