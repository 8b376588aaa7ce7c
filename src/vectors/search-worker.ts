/** @file A thread that scans its share of a table for `ThreadedSearch`. */

import { serveTasks } from '../base/worker-pool.ts'
import { scanKernel } from './kernels.ts'
import { type Allocate, localRows, sharedRows } from './lists.ts'
import { type Gathering, meet, mergePart } from './merge-together.ts'
import { type Share, scanShare } from './scan-share.ts'
import type { KernelName, Scan } from './scanner.ts'
import type { TableParts } from './table-memory.ts'
import { VectorTable } from './vector-table.ts'

export interface SearchThreadData {
  parts: TableParts
  kernel: KernelName
  /** Places in the scratch, one for each thread; threads take them by the counter. */
  slots: readonly number[]
  taken: Int32Array
}

export interface ShareTask {
  scan: Scan
  counter: Int32Array
  sample: boolean
  /** Of scans whose lists the threads merge. */
  gathering?: Gathering
  /** Which of the scan's tasks this is. */
  part: number
  /** Segments of the table that were appended since the threads began. */
  appended: Pick<TableParts, 'segments' | 'planes'>
}

serveTasks(({ parts, kernel, slots, taken }: SearchThreadData) => {
  const table = VectorTable.attach(parts)
  const known = parts.segments.length
  const scanner = scanKernel(kernel).open(table.parts, slots[Atomics.add(taken, 0, 1)])

  return ({ scan, counter, sample, appended, gathering, part }: ShareTask): Share => {
    const missing = parts.segments.length - known
    parts.segments.push(...appended.segments.slice(missing))
    parts.planes.push(...appended.planes.slice(missing))
    const run = (allocate: Allocate) =>
      scanShare(scanner, scan, table.layout.blockBytes, counter, sample, allocate)
    return gathering ? runTogether(gathering, part, run) : run(sharedRows)
  }
})

function runTogether(gathering: Gathering, part: number, run: (allocate: Allocate) => Share): Share {
  const { items, scores } = gathering.lists[part]
  try {
    const { ends, floors } = run((rows) => ({
      items: items.subarray(0, rows),
      scores: scores.subarray(0, rows),
    }))
    gathering.sizes[part] = ends[0]
    return { ends, floors, ...localRows(0) }
  } finally {
    meet(gathering)
    mergePart(gathering, part)
  }
}
