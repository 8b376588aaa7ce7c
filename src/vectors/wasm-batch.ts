/** @file Many queries over rows of int8 in WebAssembly: tiles of transposed rows, see `kernels/vector-batch.ts`. */

import {
  KERNEL_MEMORY_LIMIT,
  type KernelMemory,
  kernelMemory,
  loadKernel,
  openKernel,
  PAGE_BYTES,
} from '../base/kernel.ts'
import type { BestRows } from './best-rows.ts'
import type { QueryBatch } from './query-batch.ts'
import { type BatchScratch, QUERY_GROUP, TILE_ROWS } from './scratch.ts'
import { SCRATCH_AT, type TableLayout } from './table-layout.ts'

const KERNEL = 'vector-batch'
/** Fewer queries do not pay for moving rows into a tile. */
const QUERIES_LEAST = 8
/** Where fewer chunks of 16 rows a block are wanted, a kernel that jumps about in blocks is faster. */
const CHUNKS_LEAST = 1
const HITS_MOST = QUERY_GROUP * TILE_ROWS

/** What the product of bytes makes of one above 127, see the kernel. */
const MEANING = { lossy: 0, unsigned: 1, signed: 2 } as const
/** Added to queries where bytes are unsigned. */
const OFFSET = 128

interface Functions {
  meaning(): number
  arrange(
    blocks: number,
    blockBytes: number,
    count: number,
    scales: number,
    norms: number,
    rows: number,
    stride: number,
    sequences: number,
    tile: number,
    tileScales: number,
    tileNorms: number,
    offset: number,
    starts: number,
  ): number
  chunksWanted(masks: number, count: number): number
  score(
    tile: number,
    count: number,
    stride: number,
    tileScales: number,
    tileNorms: number,
    starts: number,
    masks: number,
    queries: number,
    entries: number,
    from: number,
    to: number,
    hits: number,
    hitRows: number,
    hitKeys: number,
    room: number,
  ): number
}

let offset: number | null | undefined

/** What queries' bytes are too large by; null where this processor's products lose something, and other kernels serve. */
function queryOffset(): number | null {
  if (offset === undefined) {
    const { meaning } = openKernel<Functions>(
      loadKernel(KERNEL),
      kernelMemory(PAGE_BYTES, KERNEL_MEMORY_LIMIT),
    )
    const found = meaning()
    offset = found === MEANING.lossy ? null : found === MEANING.unsigned ? OFFSET : 0
  }
  return offset
}

/** Whether the kernel takes such a batch. */
export const takesBatch = ({ scratch }: TableLayout, count: number) =>
  scratch.batch !== null && count >= QUERIES_LEAST && queryOffset() !== null

/** Queries as the kernel reads them. */
export function batchQueries({ bytes }: QueryBatch): Uint8Array {
  const added = queryOffset() ?? 0
  return Uint8Array.from(bytes, (byte) => byte + added)
}

/** The kernel over one segment. */
export class WasmBatch {
  readonly #layout: TableLayout
  readonly #batch: BatchScratch
  readonly #functions: Functions
  readonly #slotAt: number
  readonly #queryPlace: Uint8Array
  readonly #entries: Int32Array
  readonly #thresholds: Float32Array
  readonly #hits: Uint32Array
  readonly #hitRows: Uint32Array
  readonly #hitKeys: Uint32Array
  #first = 0
  #count = 0

  constructor(layout: TableLayout, batch: BatchScratch, memory: KernelMemory, slot: number) {
    this.#layout = layout
    this.#batch = batch
    this.#functions = openKernel<Functions>(loadKernel(KERNEL), memory)
    const { scratch, stride } = layout
    const { passQueries } = scratch
    const at = SCRATCH_AT + slot * scratch.bytes
    this.#slotAt = at
    this.#queryPlace = new Uint8Array(memory.buffer, at + batch.queries, passQueries * stride)
    this.#entries = new Int32Array(memory.buffer, at + batch.entries, 4 * passQueries)
    this.#thresholds = new Float32Array(memory.buffer, at + batch.entries, 4 * passQueries)
    this.#hits = new Uint32Array(memory.buffer, at + scratch.hitCounts, 1)
    this.#hitRows = new Uint32Array(memory.buffer, at + scratch.hitRows, HITS_MOST)
    this.#hitKeys = new Uint32Array(memory.buffer, at + scratch.hitKeys, HITS_MOST)
  }

  get blocks(): number {
    return this.#batch.blocks
  }

  /**
   * Puts queries of one pass into place.
   *
   * @param queries from `batchQueries`
   * @param entries of all queries: scale, squared length, threshold and one more word each
   */
  take(
    first: number,
    count: number,
    queries: Uint8Array,
    entries: Int32Array,
    best: readonly BestRows[],
  ): void {
    const { stride } = this.#layout
    this.#first = first
    this.#count = count
    this.#queryPlace.set(queries.subarray(stride * first, stride * (first + count)))
    this.#entries.set(entries.subarray(4 * first, 4 * (first + count)))
    for (let q = 0; q < count; q++) this.#thresholds[4 * q + 2] = best[first + q].threshold
    // Queries are scored in pairs: who has no partner gets one that nothing reaches.
    if (count % 2 === 1) this.#thresholds[4 * count + 2] = Number.POSITIVE_INFINITY
  }

  /** Whether enough rows of blocks that were prepared may be found. */
  suits(count: number): boolean {
    const { masks } = this.#layout.scratch
    return this.#functions.chunksWanted(this.#slotAt + masks, count) >= CHUNKS_LEAST * count
  }

  /**
   * Scores blocks that were prepared.
   *
   * @param address of the first block
   * @param firstRow of it
   * @returns whether no block was written to meanwhile; otherwise all is to be prepared again
   */
  scan(address: number, count: number, firstRow: number, best: readonly BestRows[]): boolean {
    const { blockBytes, scalesAt, normsAt, rowsAt, stride, scratch } = this.#layout
    const at = this.#slotAt
    const tile = at + this.#batch.tile
    const scales = at + this.#batch.scales
    const norms = at + this.#batch.norms
    const starts = at + this.#batch.starts
    const { arrange, score } = this.#functions
    const sequences = at + scratch.sequences
    const whole = arrange(
      address,
      blockBytes,
      count,
      scalesAt,
      normsAt,
      rowsAt,
      stride,
      sequences,
      tile,
      scales,
      norms,
      queryOffset() ?? 0,
      starts,
    )
    if (whole === 0) return false
    const to = this.#count + (this.#count % 2)
    for (let from = 0; from < to; ) {
      from = score(
        tile,
        count,
        stride,
        scales,
        normsAt === 0 ? 0 : norms,
        starts,
        at + scratch.masks,
        at + this.#batch.queries,
        at + this.#batch.entries,
        from,
        to,
        at + scratch.hitCounts,
        at + scratch.hitRows,
        at + scratch.hitKeys,
        HITS_MOST,
      )
      this.#offer(firstRow, best)
    }
    return true
  }

  /** Takes what was listed, and the thresholds that it raises. */
  #offer(firstRow: number, best: readonly BestRows[]): void {
    const hits = this.#hits[0]
    const rows = this.#hitRows
    const keys = this.#hitKeys
    for (let from = 0; from < hits; ) {
      const q = rows[from] >>> 16
      let to = from
      for (; to < hits && rows[to] >>> 16 === q; to++) rows[to] = firstRow + (rows[to] & 0xffff)
      const of = best[this.#first + q]
      of.offer(rows, keys, from, to)
      this.#thresholds[4 * q + 2] = of.threshold
      from = to
    }
  }
}

/** Fails where the kernel has not been built. */
export const loadBatchKernel = () => loadKernel(KERNEL)
