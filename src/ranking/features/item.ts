/** @file Features of the candidate itself: how known, how new, how liked. */

import { degree } from '../../base/csr.ts'
import { HALF_LIVES_DAYS } from './feature-data.ts'
import type { FeatureGroup } from './feature-group.ts'
import { meanOf, relativeCount } from './relative-count.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export const itemFeatures: FeatureGroup = {
  family: 'item',
  summary: 'How known, how new and how liked the candidate is.',
  columns: () => [
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
  ],
  open({ data, catalog, graph }) {
    const known = data.count.length
    const { count, recent, firstTouch, lastTouch, low, marked, tags } = data
    const meanCount = meanOf(count)
    const meanRecent = HALF_LIVES_DAYS.map((_, w) =>
      meanOf(recent.filter((_, k) => k % HALF_LIVES_DAYS.length === w)),
    )
    const meanDegree = graph.toCollections.targets.length / Math.max(1, graph.items)
    const windows = HALF_LIVES_DAYS.length
    return ({ items, request }, { values, width, column }) => {
      const now = Number.isNaN(request.time) ? data.now : request.time
      const daysSince = (time: number) => Math.log1p(Math.max(0, now - time) / DAY_MS)
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        let at = row * width + column
        if (item >= known) {
          // An item that arrived after the counting: nothing is known but that it is new.
          values.fill(Number.NaN, at, at + windows + 9)
          values[at] = 0
          continue
        }
        values[at++] = relativeCount(count[item], meanCount)
        for (let w = 0; w < windows; w++)
          values[at++] = relativeCount(recent[item * windows + w], meanRecent[w])
        values[at] = values[at - windows] - values[at - 1]
        at++
        values[at++] = daysSince(catalog.createdAt[item])
        values[at++] = daysSince(firstTouch[item])
        values[at++] = daysSince(lastTouch[item])
        values[at++] = low[item] / (count[item] + low[item] + 1)
        values[at++] = marked[item] / (count[item] + marked[item] + 1)
        values[at++] = relativeCount(degree(graph.toCollections, item), meanDegree)
        values[at++] = degree(tags, item)
      }
    }
  },
}
