/** @file A thread that scans its share of a table for `ThreadedSearch`. */

import type { KernelMemory } from '../base/kernel.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { serveTasks } from '../base/worker-pool.ts'
import { scanKernel } from './kernels.ts'
import type { Neighbours } from './neighbours.ts'
import { scanShare } from './scan-share.ts'
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
  /** Segments of the table that were appended since the threads began. */
  appended: KernelMemory[]
}

/** Lists of all queries behind each other, over shared memory. */
export interface PackedShare {
  ends: Uint32Array
  items: Uint32Array
  scores: Float32Array
  floors?: Float32Array
}

serveTasks(({ parts, kernel, slots, taken }: SearchThreadData) => {
  const table = VectorTable.attach(parts)
  const known = parts.segments.length
  const scanner = scanKernel(kernel).open(table.parts, slots[Atomics.add(taken, 0, 1)])

  return ({ scan, counter, sample, appended }: ShareTask): PackedShare => {
    const missing = parts.segments.length - known
    parts.segments.push(...appended.slice(missing))
    const { found, floors } = scanShare(scanner, scan, table.layout.blockBytes, counter, sample)
    return { ...pack(found), floors }
  }
})

function pack(found: Neighbours[]): PackedShare {
  const ends = sharedUint32(found.length)
  let size = 0
  found.forEach(({ items }, q) => {
    size += items.length
    ends[q] = size
  })
  const packed = { ends, items: sharedUint32(size), scores: sharedFloat32(size) }
  found.forEach(({ items, scores }, q) => {
    packed.items.set(items, ends[q] - items.length)
    packed.scores.set(scores, ends[q] - items.length)
  })
  return packed
}
