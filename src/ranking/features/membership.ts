/** @file Features of what the sources said: their shares, ranks, and how many agreed. */

import { NOT_PROPOSED } from '../../sources/merge.ts'
import type { FeatureGroup } from './feature-group.ts'

/** The pre-ranker's own score, which rankers may start from. */
export const BLEND_SCORE = 'blend.score'

/** Logarithms of 1 + rank: each is wanted thousands of times a request. */
const LOGS = Float32Array.from({ length: 4096 }, (_, rank) => Math.log1p(rank))
const logOf = (rank: number) => (rank < LOGS.length ? LOGS[rank] : Math.log1p(rank))

export const membershipFeatures: FeatureGroup = {
  family: 'membership',
  summary: 'What each source said of the candidate, and what the blend made of it.',
  columns: ({ sources }) => [
    BLEND_SCORE,
    'sources.count',
    'sources.best-rank',
    ...sources.flatMap((source) => [`${source}.share`, `${source}.rank`]),
  ],
  open({ sources }) {
    const count = sources.length
    return ({ items, blend, shares, ranks }, { values, width, column }) => {
      for (let row = 0; row < items.length; row++) {
        let at = row * width + column
        let proposed = 0
        let best = NOT_PROPOSED
        for (let s = row * count; s < (row + 1) * count; s++) {
          if (ranks[s] === NOT_PROPOSED) continue
          proposed++
          if (ranks[s] < best) best = ranks[s]
        }
        values[at++] = blend[row]
        values[at++] = proposed
        values[at++] = logOf(best)
        for (let s = row * count; s < (row + 1) * count; s++) {
          values[at++] = shares[s]
          values[at++] = ranks[s] === NOT_PROPOSED ? Number.NaN : logOf(ranks[s])
        }
      }
    }
  },
}
