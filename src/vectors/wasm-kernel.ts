/** @file The kernel that runs everywhere: WebAssembly SIMD over the table's own memory, see `kernels/vector-scan.ts`. */

import { type KernelMemory, loadKernel, openKernel } from '../base/kernel.ts'
import { BestRows } from './best-rows.ts'
import { type Allocate, joinLists, type Lists } from './lists.ts'
import type { QueryBatch } from './query-batch.ts'
import type { Scan, ScanKernel, Scanner } from './scanner.ts'
import { QUERY_GROUP, TILE_BLOCKS, TILE_ROWS } from './scratch.ts'
import { BLOCK_ROWS, type Format, layoutOf, SCRATCH_AT, type TableLayout } from './table-layout.ts'
import type { TableParts } from './table-memory.ts'
import { batchQueries, loadBatchKernel, takesBatch, WasmBatch } from './wasm-batch.ts'

const KERNEL = 'vector-scan'

type ScanTile = (
  blocks: number,
  blockBytes: number,
  count: number,
  scales: number,
  norms: number,
  rows: number,
  stride: number,
  sequences: number,
  masks: number,
  queries: number,
  queryBytes: number,
  queryCount: number,
  group: number,
  scores: number,
  tileRows: number,
  firstRow: number,
  hitRows: number,
  hitKeys: number,
) => number

interface Functions {
  prepare(
    blocks: number,
    blockBytes: number,
    count: number,
    sequences: number,
    masks: number,
    allowed: number,
    program: number,
    steps: number,
    stack: number,
  ): number
  scanFloat32: ScanTile
  scanFloat16: ScanTile
  scanInt8: ScanTile
  scanInt4: ScanTile
  scanBinary: ScanTile
}

const functionOf = {
  float32: 'scanFloat32',
  float16: 'scanFloat16',
  int8: 'scanInt8',
  int4: 'scanInt4',
  binary: 'scanBinary',
} as const satisfies Record<Format, keyof Functions>

export const wasmKernel: ScanKernel = {
  name: 'wasm',

  isAvailable() {
    try {
      loadKernel(KERNEL)
      loadBatchKernel()
      return true
    } catch {
      return false
    }
  },

  open: (parts, slot) => new WasmScanner(parts, slot),
}

class WasmScanner implements Scanner {
  readonly #parts: TableParts
  readonly #slot: number
  readonly #layout: TableLayout
  readonly #segments: SegmentScanner[] = []
  #scan!: Scan
  #queries!: KernelQueries
  readonly #best: BestRows[] = []

  constructor(parts: TableParts, slot: number) {
    this.#parts = parts
    this.#slot = slot
    this.#layout = layoutOf(parts.shape, parts.segmentBytes)
    // Fails here rather than in the first scan.
    loadKernel(KERNEL)
  }

  begin(scan: Scan): void {
    this.#scan = scan
    this.#queries = kernelQueries(this.#layout, scan.batch)
    const { count } = scan.batch
    while (this.#best.length < count) this.#best.push(new BestRows())
    for (let q = 0; q < count; q++) this.#best[q].begin(scan.k, scan.floors?.[q])
    for (const segment of this.#segments) segment?.begin(scan, this.#queries)
  }

  scan(from: number, to: number): void {
    const { blocksPerSegment, scratch } = this.#layout
    for (let start = from; start < to; ) {
      const index = Math.floor(start / blocksPerSegment)
      const end = Math.min(to, (index + 1) * blocksPerSegment)
      const segment = this.#segment(index)
      for (let q = 0; q < this.#scan.batch.count; q += scratch.passQueries) {
        segment.take(q, this.#best)
        segment.scan(start, end, this.#best)
      }
      start = end
    }
  }

  finish(allocate: Allocate): Lists {
    return joinLists(
      this.#best.slice(0, this.#scan.batch.count).map((rows) => rows.finish()),
      allocate,
    )
  }

  close(): void {
    this.#segments.length = 0
  }

  #segment(index: number): SegmentScanner {
    const known = this.#segments[index]
    if (known) return known
    const opened = new SegmentScanner(this.#layout, this.#parts.segments[index], this.#slot)
    opened.begin(this.#scan, this.#queries)
    this.#segments[index] = opened
    return opened
  }
}

/** Queries as the kernel reads them. */
interface KernelQueries {
  /** `queryBytes` of the scratch each. */
  bytes: Uint8Array
  /** Four words a query: scale, squared length, threshold (left open), and a whole number for the format. */
  entries: Int32Array
  /** For the kernel that takes many of them; null where it is not used. */
  parts: Uint8Array | null
}

function kernelQueries(layout: TableLayout, batch: QueryBatch): KernelQueries {
  const { shape, scratch, queryStride } = layout
  const entries = new Int32Array(4 * batch.count)
  const numbers = new Float32Array(entries.buffer)
  const values = new Int8Array(batch.bytes.buffer, batch.bytes.byteOffset, batch.count * queryStride)
  for (let q = 0; q < batch.count; q++) {
    numbers[4 * q] = batch.scales[q]
    numbers[4 * q + 1] = batch.norms[q]
    if (shape.format === 'binary') entries[4 * q + 3] = shape.dim
    if (shape.format === 'int4')
      for (let j = 0; j < queryStride; j++) entries[4 * q + 3] += values[q * queryStride + j]
  }
  if (shape.format !== 'int8') return { bytes: batch.bytes, entries, parts: null }
  const bytes = new Uint8Array(batch.count * scratch.queryBytes)
  new Int16Array(bytes.buffer).set(values)
  return { bytes, entries, parts: takesBatch(layout, batch.count) ? batchQueries(batch) : null }
}

/** The kernel over one segment. */
class SegmentScanner {
  readonly #layout: TableLayout
  readonly #functions: Functions
  readonly #scanTile: ScanTile
  readonly #slotAt: number
  readonly #queryPlace: Uint8Array
  readonly #group: Int32Array
  readonly #thresholds: Float32Array
  readonly #hitCounts: Uint32Array
  readonly #hitRows: Uint32Array
  readonly #hitKeys: Uint32Array
  readonly #allowedPlace: Uint32Array
  readonly #program: Uint8Array
  readonly #batch: WasmBatch | null
  #scan!: Scan
  #queries!: KernelQueries
  /** The first query that is in place, and how many are; none before the first `take`. */
  #first = -1
  #count = 0

  constructor(layout: TableLayout, memory: KernelMemory, slot: number) {
    this.#layout = layout
    this.#functions = openKernel<Functions>(loadKernel(KERNEL), memory)
    this.#scanTile = this.#functions[functionOf[layout.shape.format]]
    const { scratch } = layout
    const { buffer } = memory
    const at = SCRATCH_AT + slot * scratch.bytes
    this.#slotAt = at
    this.#batch = scratch.batch && new WasmBatch(layout, scratch.batch, memory, slot)
    this.#queryPlace = new Uint8Array(buffer, at + scratch.queries, scratch.passQueries * scratch.queryBytes)
    this.#group = new Int32Array(buffer, at + scratch.group, 4 * QUERY_GROUP)
    this.#thresholds = new Float32Array(buffer, at + scratch.group, 4 * QUERY_GROUP)
    this.#hitCounts = new Uint32Array(buffer, at + scratch.hitCounts, QUERY_GROUP)
    this.#hitRows = new Uint32Array(buffer, at + scratch.hitRows, QUERY_GROUP * TILE_ROWS)
    this.#hitKeys = new Uint32Array(buffer, at + scratch.hitKeys, QUERY_GROUP * TILE_ROWS)
    this.#allowedPlace = new Uint32Array(buffer, at + scratch.allowed, 2 * TILE_BLOCKS)
    this.#program = new Uint8Array(buffer, at + scratch.program, scratch.stack - scratch.program)
  }

  begin(scan: Scan, queries: KernelQueries): void {
    this.#scan = scan
    this.#queries = queries
    this.#first = -1
    if (scan.filter) this.#program.set(scan.filter.bytes)
  }

  /** Puts queries from `first` on into place, as many as a pass has. */
  take(first: number, best: readonly BestRows[]): void {
    if (this.#first === first) return
    const { passQueries, queryBytes } = this.#layout.scratch
    this.#first = first
    this.#count = Math.min(passQueries, this.#scan.batch.count - first)
    this.#queryPlace.set(this.#queries.bytes.subarray(first * queryBytes, (first + this.#count) * queryBytes))
    const { parts, entries } = this.#queries
    if (parts) this.#batch?.take(first, this.#count, parts, entries, best)
  }

  /** @param from,to blocks of this segment, counted over the table */
  scan(from: number, to: number, best: BestRows[]): void {
    if (this.#queries.parts && this.#batch) this.#scanBatch(this.#batch, from, to, best)
    else this.#scanTiles(from, to, best)
  }

  #scanBatch(batch: WasmBatch, from: number, to: number, best: BestRows[]): void {
    for (let block = from; block < to; block += batch.blocks) {
      const count = Math.min(batch.blocks, to - block)
      for (;;) {
        if (!this.#prepare(block, count)) break
        if (!batch.suits(count)) {
          this.#scanTiles(block, block + count, best)
          break
        }
        if (batch.scan(this.#address(block), count, block * BLOCK_ROWS, best)) break
      }
    }
  }

  #scanTiles(from: number, to: number, best: BestRows[]): void {
    for (let block = from; block < to; block += TILE_BLOCKS) {
      const count = Math.min(TILE_BLOCKS, to - block)
      if (!this.#prepare(block, count)) continue
      for (let q = 0; q < this.#count; q += QUERY_GROUP) this.#scanGroup(block, count, q, best)
    }
  }

  /** @returns whether any row of the tile may be found */
  #prepare(block: number, count: number): boolean {
    const { blockBytes, scratch } = this.#layout
    const { filter, allowed } = this.#scan
    if (allowed) {
      this.#allowedPlace.fill(0)
      this.#allowedPlace.set(allowed.subarray(2 * block, 2 * (block + count)))
    }
    const at = this.#slotAt
    const some = this.#functions.prepare(
      this.#address(block),
      blockBytes,
      count,
      at + scratch.sequences,
      at + scratch.masks,
      allowed ? at + scratch.allowed : 0,
      at + scratch.program,
      filter?.steps ?? 0,
      at + scratch.stack,
    )
    return some !== 0
  }

  #scanGroup(block: number, count: number, firstOfGroup: number, best: BestRows[]): void {
    const { blockBytes, scalesAt, normsAt, rowsAt, stride, scratch } = this.#layout
    const at = this.#slotAt
    const size = Math.min(QUERY_GROUP, this.#count - firstOfGroup)
    const first = this.#first + firstOfGroup
    for (let n = 0; n < 4 * size; n++) this.#group[n] = this.#queries.entries[4 * first + n]
    for (let q = 0; q < size; q++) this.#thresholds[4 * q + 2] = best[first + q].threshold
    const whole = this.#scanTile(
      this.#address(block),
      blockBytes,
      count,
      scalesAt,
      normsAt,
      rowsAt,
      stride,
      at + scratch.sequences,
      at + scratch.masks,
      at + scratch.queries + firstOfGroup * scratch.queryBytes,
      scratch.queryBytes,
      size,
      at + scratch.group,
      at + scratch.scores,
      TILE_ROWS,
      block * BLOCK_ROWS,
      at + scratch.hitRows,
      at + scratch.hitKeys,
    )
    if (whole === 0) {
      if (this.#prepare(block, count)) this.#scanGroup(block, count, firstOfGroup, best)
      return
    }
    for (let q = 0; q < size; q++) {
      const hits = this.#hitCounts[q]
      if (hits > 0) best[first + q].offer(this.#hitRows, this.#hitKeys, q * TILE_ROWS, q * TILE_ROWS + hits)
    }
  }

  #address(block: number): number {
    const { blocksAt, blockBytes, blocksPerSegment } = this.#layout
    return blocksAt + (block % blocksPerSegment) * blockBytes
  }
}
