/** @file A worker that finds the neighbours of a block of items (Gustavson's row-wise sparse product, then a selection). */

import { serveTasks } from '../base/worker-pool.ts'
import type { CoOccurrenceShared } from './co-occurrence.ts'
import { neighbourRows } from './neighbour-rows.ts'

serveTasks((shared: CoOccurrenceShared) => {
  const rows = neighbourRows(shared)
  return ({ from, to }: { from: number; to: number }) => {
    for (let item = from; item < to; item++) rows(item)
    return null
  }
})
