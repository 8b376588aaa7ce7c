/** @file Features of the candidate itself: how known, how new, how liked. */

import { degree } from '../../base/csr.ts'
import { HALF_LIVES_DAYS } from './feature-data.ts'
import type { FeatureGroup, OpenFeatures } from './feature-group.ts'
import { meanOf, relativeCount } from './relative-count.ts'

const DAY_MS = 24 * 60 * 60 * 1000

const COLUMNS = [
  'item.count',
  ...HALF_LIVES_DAYS.map((days) => `item.recent-${days}d`),
  'item.trend',
  'item.age-days',
  'item.first-touch-days',
  'item.last-touch-days',
  'item.low-share',
  'item.marked-share',
  'item.collections',
  'item.tags',
]

export const itemFeatures: FeatureGroup = {
  family: 'item',
  summary: 'How known, how new and how liked the candidate is.',
  columns: () => COLUMNS,
  open(open) {
    const known = open.data.count.length
    const standing = standingOf(open)
    const count = COLUMNS.length
    return ({ items }, { values, width, column }) => {
      for (let row = 0, at = column; row < items.length; row++, at += width) {
        const item = items[row]
        if (item < known) {
          for (let c = 0, from = item * count; c < count; c++) values[at + c] = standing.values[from + c]
        } else {
          // An item that arrived after the counting: nothing is known but that it is new.
          values.fill(Number.NaN, at, at + count)
          values[at] = standing.least
        }
      }
    }
  },
}

/** No request changes any of it, so it is written once: row-major, items × columns. */
function standingOf({ data, graph, catalog }: OpenFeatures): { values: Float32Array; least: number } {
  const { count, recent, firstTouch, lastTouch, low, marked, tags, now } = data
  // As of the counting: a model that outlives its counts by months must not see all items age at once.
  const daysSince = (time: number) => Math.log1p(Math.max(0, now - time) / DAY_MS)
  const windows = HALF_LIVES_DAYS.length
  const meanCount = meanOf(count)
  const meanRecent = HALF_LIVES_DAYS.map((_, w) => meanOf(recent.filter((_, k) => k % windows === w)))
  const meanDegree = graph.toCollections.targets.length / Math.max(1, graph.items)
  const values = new Float32Array(count.length * COLUMNS.length)
  for (let item = 0; item < count.length; item++) {
    let at = item * COLUMNS.length
    values[at++] = relativeCount(count[item], meanCount)
    for (let w = 0; w < windows; w++) values[at++] = relativeCount(recent[item * windows + w], meanRecent[w])
    values[at] = values[at - windows] - values[at - 1]
    at++
    for (const time of [catalog.createdAt[item], firstTouch[item], lastTouch[item]])
      values[at++] = daysSince(time)
    values[at++] = low[item] / (count[item] + low[item] + 1)
    values[at++] = marked[item] / (count[item] + marked[item] + 1)
    values[at++] = relativeCount(degree(graph.toCollections, item), meanDegree)
    values[at++] = degree(tags, item)
  }
  return { values, least: relativeCount(0, meanCount) }
}
