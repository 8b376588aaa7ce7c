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
const AGE = COLUMNS.indexOf('item.age-days')

export const itemFeatures: FeatureGroup = {
  family: 'item',
  summary: 'How known, how new and how liked the candidate is.',
  columns: () => COLUMNS,
  open(open) {
    const { data, catalog } = open
    const known = data.count.length
    const { firstTouch, lastTouch } = data
    const standing = standingOf(open)
    const width0 = COLUMNS.length
    return ({ items, request }, { values, width, column }) => {
      const now = Number.isNaN(request.time) ? data.now : request.time
      const daysSince = (time: number) => Math.log1p(Math.max(0, now - time) / DAY_MS)
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        const at = row * width + column
        if (item >= known) {
          // An item that arrived after the counting: nothing is known but that it is new.
          values.fill(Number.NaN, at, at + width0)
          values[at] = standing.least
          continue
        }
        for (let c = 0, from = item * width0; c < width0; c++) values[at + c] = standing.values[from + c]
        values[at + AGE] = daysSince(catalog.createdAt[item])
        values[at + AGE + 1] = daysSince(firstTouch[item])
        values[at + AGE + 2] = daysSince(lastTouch[item])
      }
    }
  },
}

/** What does not depend on the request, written once: row-major, items × columns. */
function standingOf({ data, graph }: OpenFeatures): { values: Float32Array; least: number } {
  const { count, recent, low, marked, tags } = data
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
    // The three times are written with the request.
    at += 4
    values[at++] = low[item] / (count[item] + low[item] + 1)
    values[at++] = marked[item] / (count[item] + marked[item] + 1)
    values[at++] = relativeCount(degree(graph.toCollections, item), meanDegree)
    values[at++] = degree(tags, item)
  }
  return { values, least: relativeCount(0, meanCount) }
}
