/** @file Co-occurrence in sessions with the last click, by cosine and by plain count. */

import { sharedFloat32 } from '../../base/shared.ts'
import type { Baseline } from './baseline.ts'
import { neighbourScorer, neighbours } from './neighbours.ts'

const unsuitable: Baseline['unsuitable'] = ({ protocol }) =>
  protocol === 'sessions, temporal' ? null : 'needs sessions'

/** Items that were never in a session with the last click are not ranked. */
const open: Baseline['open'] = (arrays) => ({
  score: neighbourScorer(arrays, Number.NEGATIVE_INFINITY),
})

export const lastClickCosine: Baseline = {
  name: 'last-click-cosine',
  summary: 'sessions shared with the last click, over the root of both items’ clicks',
  unsuitable,
  async fit({ matrix, train, items }) {
    const clicks = sharedFloat32(items)
    for (let k = 0; k < train.length; k++) clicks[train.item[k]!]!++
    return neighbours(
      matrix,
      items,
      (count, item, other) => count / Math.sqrt(clicks[item]! * clicks[other]!),
    )
  },
  open,
}

export const lastClickCount: Baseline = {
  name: 'last-click-count',
  summary: 'sessions shared with the last click',
  unsuitable,
  fit: async ({ matrix, items }) => neighbours(matrix, items, (count) => count),
  open,
}
