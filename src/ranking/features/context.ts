/** @file Features of the moment: when the request is made. */

import type { FeatureGroup } from './feature-group.ts'

const HOUR_MS = 60 * 60 * 1000
const DAYS = 7

export const contextFeatures: FeatureGroup = {
  family: 'context',
  summary: 'Hour of the day and day of the week, in UTC.',
  columns: () => ['context.hour', 'context.weekday'],
  open: () => {
    return ({ items, request }, { values, width, column }) => {
      const hours = request.time / HOUR_MS
      for (let row = 0, at = column; row < items.length; row++, at += width) {
        values[at] = hours % 24
        // 1 January 1970 was a Thursday; Monday is 0.
        values[at + 1] = (Math.floor(hours / 24) + 3) % DAYS
      }
    }
  },
}
