/**
 * @file Scores that the k-th best row will hardly fall below, from a sample of the table: where k is large, most rows are
 * then passed over at once instead of being collected and thrown away.
 */

import { eachList, localRows } from './lists.ts'
import type { Scan, Scanner } from './scanner.ts'
import { BLOCK_ROWS } from './table-layout.ts'

/** Sampled blocks lie evenly over the table. */
const SAMPLE_BLOCKS = 128
/** Fewer wanted rows, or a smaller table, are not worth a sample. */
const K_LEAST = 1024
const BLOCKS_LEAST = 16 * SAMPLE_BLOCKS
/** Standard deviations that the sample may be off; rows of a block are often alike, hence the factor. */
const DEVIATIONS = 4
const SLACK = 1.05

/**
 * @param scanner of this thread, between two scans
 * @returns a floor for each query, −∞ where the sample says nothing; undefined when none is worth it
 */
export function sampledFloors(scanner: Scanner, scan: Scan): Float32Array | undefined {
  const { k, blocks } = scan
  if (k < K_LEAST || blocks < BLOCKS_LEAST) return undefined
  const expected = (k * SAMPLE_BLOCKS) / blocks
  const rank = Math.ceil(SLACK * expected + DEVIATIONS * Math.sqrt(expected) + DEVIATIONS)
  if (rank > SAMPLE_BLOCKS * BLOCK_ROWS) return undefined
  scanner.begin({ ...scan, k: rank, floors: undefined })
  for (let n = 0; n < SAMPLE_BLOCKS; n++) {
    const block = Math.floor(((n + 0.5) * blocks) / SAMPLE_BLOCKS)
    scanner.scan(block, block + 1)
  }
  return Float32Array.from(eachList(scanner.finish(localRows)), ({ scores }) =>
    scores.length < rank ? Number.NEGATIVE_INFINITY : scores[rank - 1],
  )
}
