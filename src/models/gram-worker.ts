/** @file A worker that fills one panel of a Gram matrix. */

import { serveTasks } from '../base/worker-pool.ts'
import type { GramShared } from './gram.ts'
import { panelRange } from './symmetric-panels.ts'

serveTasks(({ rows, columns, gram }: GramShared) => (panel: number) => {
  const { start, rows: height } = panelRange(gram, panel)
  const width = gram.size - start
  const values = gram.panels[panel]
  const sums = new Float64Array(width)
  for (let item = start; item < start + height; item++) {
    sums.fill(0)
    for (let e = columns.offsets[item]; e < columns.offsets[item + 1]; e++) {
      const row = columns.targets[e]
      const weight = columns.weights![e]
      const first = rows.offsets[row]
      // From the largest item down to the panel's first: what lies left of it belongs to other panels.
      for (let k = rows.offsets[row + 1] - 1; k >= first; k--) {
        const other = rows.targets[k]
        if (other < start) break
        sums[other - start] += weight * rows.weights![k]
      }
    }
    values.set(sums, (item - start) * width)
  }
  return null
})
