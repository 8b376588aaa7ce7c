/** @file A thread's share of a scan: threads take ranges of blocks from one counter until none is left. */

import { sharedInt32 } from '../base/shared.ts'
import type { Allocate, Lists } from './lists.ts'
import { sampledFloors } from './sampled-floors.ts'
import type { Scan, Scanner } from './scanner.ts'

/** Bytes of a range: long enough for the memory to stream, short enough for the threads to finish together. */
const RANGE_BYTES = 2 ** 20
/** So many queries take about as long as reading; with more of them ranges are shorter. */
const READING_QUERIES = 8

/** Where the next range begins; shared by the threads of one scan. */
export const rangeCounter = () => sharedInt32(1)

export interface Share extends Lists {
  /** For each query the score below which nothing was looked for. */
  floors?: Float32Array
}

/** @param sample whether floors may be guessed, and the scan be repeated where they were too high */
export function scanShare(
  scanner: Scanner,
  scan: Scan,
  blockBytes: number,
  counter: Int32Array,
  sample: boolean,
  allocate: Allocate,
): Share {
  const floors = sample ? sampledFloors(scanner, scan) : scan.floors
  scanner.begin({ ...scan, floors })
  const rangeBytes = RANGE_BYTES / Math.ceil(scan.batch.count / READING_QUERIES)
  const size = Math.max(1, Math.round(rangeBytes / blockBytes))
  for (;;) {
    const from = Atomics.add(counter, 0, size)
    if (from >= scan.blocks) break
    scanner.scan(from, Math.min(scan.blocks, from + size))
  }
  return { ...scanner.finish(allocate), floors }
}
