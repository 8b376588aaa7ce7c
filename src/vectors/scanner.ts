/**
 * @file What a kernel is: it opens a scanner in a thread, which scores blocks of a table for a batch of queries and keeps
 * the best.
 *
 * Scores, equal in all kernels to the last bit for the integer formats; every step is rounded to float32:
 *   product = (float32(Σ row·query) · scale of the row) · scale of the query
 *   inner product and cosine: product; rows and queries of a cosine table have length 1 before they are rounded
 *   l2: (2 · product − squared length of the row) − squared length of the query
 * int4 rows count from −7 to 7 (as stored, minus 8), binary ones as ±1. For float32 and float16 there are no scales, and
 * Σ may be added up in any order. −0 becomes 0. Rows are ordered by score, descending; among equals the smaller row is
 * first.
 *
 * A scanner reads a block's sequence first (and again while it is odd), then its live rows, attributes and rows, then the
 * sequence again: where it changed, what was read is thrown away and read anew. So every score is that of a row as it was
 * before a write or after it.
 */

import type { FilterProgram } from './filter.ts'
import type { Allocate, Lists } from './lists.ts'
import type { QueryBatch } from './query-batch.ts'
import type { TableParts } from './table-memory.ts'

/** A scan that all threads work on together. */
export interface Scan {
  batch: QueryBatch
  /** Rows wanted for each query, ≥ 1. */
  k: number
  /** Blocks that exist when the scan begins; rows that are written later need not be found. */
  blocks: number
  filter?: FilterProgram
  /** A bit a row, word r >> 5, at least 2 words a block: only these rows are returned. */
  allowed?: Uint32Array
  /** A score for each query: rows below it need not be found, though there be fewer than k others. */
  floors?: Float32Array
}

/** Of one thread, for one table; scans one after the other. */
export interface Scanner {
  begin(scan: Scan): void
  /**
   * Scores the blocks from ≤ b < to, counted over the whole table. Called with ascending ranges that do not overlap;
   * other threads scan the others.
   */
  scan(from: number, to: number): void
  /** @returns the best k of what was scanned, per query, in order */
  finish(allocate: Allocate): Lists
  close(): void
}

export const KERNELS = ['native', 'wasm', 'reference'] as const
export type KernelName = (typeof KERNELS)[number]

export interface ScanKernel {
  name: KernelName
  /** Whether it can run on this machine. */
  isAvailable(): boolean
  /**
   * @param parts of the table; segments that are appended later are pushed to `parts.segments`
   * @param slot which part of the segments' scratch is this thread's
   * @throws UnavailableError when it cannot run here
   */
  open(parts: TableParts, slot: number): Scanner
}
