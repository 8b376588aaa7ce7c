/** @file Features of the request's query items: the same for all candidates, they decide which of the others count. */

import type { FeatureGroup } from './feature-group.ts'
import { meanOf, relativeCount } from './relative-count.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export const queryFeatures: FeatureGroup = {
  family: 'query',
  summary: 'How much is asked with, how known it is and how long ago it was.',
  columns: () => [
    'query.items',
    'query.last-count',
    'query.mean-count',
    'query.last-touch-days',
    'query.span-days',
    'query.category-share',
  ],
  open({ data, catalog }) {
    const counts = data.count
    const mean = meanOf(counts)
    const { codes, labels } = catalog.category
    const perCategory = new Uint32Array(labels.length)
    return ({ items, request }, { values, width, column }) => {
      const { items: query, times, time } = request
      const last = query.length - 1
      const countOf = (item: number) => relativeCount(counts[item] ?? 0, mean)
      let sum = 0
      let most = 0
      for (const item of query) {
        sum += countOf(item)
        most = Math.max(most, ++perCategory[codes[item] ?? 0])
      }
      for (const item of query) perCategory[codes[item] ?? 0] = 0
      const now = Number.isNaN(time) ? data.now : time
      const days = (ms: number) => Math.log1p(Math.max(0, ms) / DAY_MS)
      const row0 = [
        Math.log1p(query.length),
        last < 0 ? Number.NaN : countOf(query[last]),
        last < 0 ? Number.NaN : sum / query.length,
        last < 0 ? Number.NaN : days(now - times[last]),
        last < 0 ? Number.NaN : days(times[last] - times[0]),
        last < 0 ? Number.NaN : most / query.length,
      ]
      for (let row = 0; row < items.length; row++) values.set(row0, row * width + column)
    }
  },
}
