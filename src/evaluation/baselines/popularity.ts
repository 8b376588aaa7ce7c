/** @file The same list for everybody: items by the number of users who touched them (by clicks, for sessions). */

import { sharedFloat32 } from '../../base/shared.ts'
import type { Baseline } from './baseline.ts'
import { popularityOf } from './train-matrix.ts'

export const popularity: Baseline = {
  name: 'popularity',
  summary: 'the most touched items of the training period, for everybody',
  async fit({ protocol, train, matrix, items }) {
    if (protocol !== 'sessions, temporal') return { popularity: popularityOf(matrix) }
    const clicks = sharedFloat32(items)
    for (let k = 0; k < train.length; k++) clicks[train.item[k]!]!++
    return { popularity: clicks }
  },
  open(arrays) {
    const counts = arrays.popularity as Float32Array
    return { score: (_task, scores) => scores.set(counts) }
  },
}
