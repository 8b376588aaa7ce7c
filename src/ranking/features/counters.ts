/** @file Features of the live counters: what became of the candidate where it was shown lately, on this page and anywhere. */

import { queryOf } from '../counters/live-counters.ts'
import type { FeatureGroup } from './feature-group.ts'

/** Whether a feature moves with every click: what it was at a moment past is only in the log. */
export const isCounted = (feature: string) => feature.startsWith('counters.')

export const counterFeatures: FeatureGroup = {
  family: 'counters',
  summary: "Clicks, expected clicks and their ratio, of the candidate and of the page's item with it.",
  columns: ({ counters }) => counters?.memBoost.featureNames() ?? [],
  open({ counters }) {
    if (!counters) return () => {}
    return ({ items, request, arm = 0 }, { values, width, column }) => {
      // Read anew each time: what another thread counted may take the place of what was here.
      const { memBoost } = counters
      const query = queryOf(request)
      items.forEach((item, row) => {
        memBoost.writeFeatures(arm, query, item, request.time, values, row * width + column)
      })
    }
  },
}
