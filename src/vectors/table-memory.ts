/** @file The memory of a vector table: a control block and segments that grow in place, seen by all threads. */

import { InsufficientMemoryError, UnavailableError } from '../base/errors.ts'
import { type KernelMemory, kernelMemory, PAGE_BYTES } from '../base/kernel.ts'
import { sharedInt32 } from '../base/shared.ts'
import { BLOCK_ROWS, layoutOf, SCRATCH_SLOTS, type TableLayout, type TableShape } from './table-layout.ts'

/** What other threads need to read and write the same table; may be sent to them. */
export interface TableParts {
  shape: TableShape
  segmentBytes: number
  control: Int32Array
  segments: KernelMemory[]
  /** One beside each segment of a table with an approximation, see `approximation.ts`; else none. */
  planes: KernelMemory[]
}

/** Words of the control block. */
export const Control = {
  /** Rows ever used: all live rows are below. */
  rows: 0,
  live: 1,
  /** Held by who inserts or deletes. */
  lock: 2,
  /** Counts writes, so that a copy elsewhere knows whether to look for what changed. */
  version: 3,
  /** A block that a free row was left in. */
  hint: 4,
  /** Two words, a bit a scratch slot that is taken. */
  slots: 5,
} as const
const CONTROL_WORDS = 16

/** Memory grows by an eighth, at least so much. */
const GROWTH_LEAST = 2 ** 18

/** Typed views of one segment, up to where it had grown when they were made. */
export interface SegmentView {
  blocks: number
  bytes: Uint8Array
  words: Int32Array
  float32: Float32Array
  float64: Float64Array
}

/** Segments of a table as one thread sees them. */
export class TableMemory {
  readonly parts: TableParts
  readonly layout: TableLayout
  readonly #owner: boolean
  readonly #views: SegmentView[] = []
  readonly #planes: Int32Array[] = []

  /** @param owner only the thread that made the table may append segments, as only it can hand them out */
  constructor(parts: TableParts, owner: boolean) {
    this.parts = parts
    this.layout = layoutOf(parts.shape, parts.segmentBytes)
    this.#owner = owner
  }

  get rows(): number {
    return Atomics.load(this.parts.control, Control.rows) >>> 0
  }

  /** Blocks that hold all rows ever used. */
  get blocks(): number {
    return Math.ceil(this.rows / BLOCK_ROWS)
  }

  /** @returns the segment of a block that exists */
  view(block: number): SegmentView {
    const { blocksPerSegment } = this.layout
    const segment = Math.floor(block / blocksPerSegment)
    const view = this.#views[segment]
    if (view && block % blocksPerSegment < view.blocks) return view
    const memory = this.parts.segments[segment]
    if (!memory)
      throw new UnavailableError('the table has grown by a segment that this thread does not know', RESERVE)
    this.#views[segment] = this.#viewOf(memory)
    return this.#views[segment]
  }

  /** @returns the address of a block in its segment */
  address(block: number): number {
    const { blocksAt, blockBytes, blocksPerSegment } = this.layout
    return blocksAt + (block % blocksPerSegment) * blockBytes
  }

  /** @returns the plane that a block's approximations lie in, of a table that has them */
  plane(block: number): Int32Array {
    const segment = Math.floor(block / this.layout.blocksPerSegment)
    const plane = this.#planes[segment]
    if (plane && plane.byteLength >= this.planeAddress(block) + this.layout.approximation!.bytes) return plane
    this.#planes[segment] = new Int32Array(this.parts.planes[segment].buffer)
    return this.#planes[segment]
  }

  /** @returns the address of a block's approximations in their plane */
  planeAddress(block: number): number {
    return (block % this.layout.blocksPerSegment) * this.layout.approximation!.bytes
  }

  /**
   * Makes room; the caller holds the table's lock.
   *
   * @throws InsufficientMemoryError before anything is allocated
   */
  ensure(blocks: number): void {
    const { blocksPerSegment, blocksAt, blockBytes, approximation } = this.layout
    const { segments, planes } = this.parts
    const wanted = Math.ceil(blocks / blocksPerSegment)
    const blocksOf = (segment: number) => Math.min(blocksPerSegment, blocks - segment * blocksPerSegment)
    const bytesAt = (segment: number) => blocksAt + blockBytes * blocksOf(segment)
    const planeBytes = (segment: number) => (approximation?.bytes ?? 0) * blocksOf(segment)
    const lacking = (memory: KernelMemory | undefined, bytes: number) =>
      Math.max(0, bytes - (memory?.buffer.byteLength ?? 0))
    let needed = 0
    for (let segment = Math.max(0, segments.length - 1); segment < wanted; segment++)
      needed += lacking(segments[segment], bytesAt(segment)) + lacking(planes[segment], planeBytes(segment))
    if (needed === 0) return
    if (wanted > segments.length && segments.length > 0 && !this.#owner)
      throw new UnavailableError(
        'another thread made this table, only that one can append a segment',
        RESERVE,
      )
    const free = process.availableMemory()
    if (needed > free)
      throw new InsufficientMemoryError(`a table of ${blocks * BLOCK_ROWS} rows`, needed, free)
    try {
      for (let segment = Math.max(0, segments.length - 1); segment < wanted; segment++)
        this.#growSegment(segment, bytesAt(segment), planeBytes(segment))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new InsufficientMemoryError(`a table of ${blocks * BLOCK_ROWS} rows`, needed, free)
    }
  }

  /**
   * Takes a scanning thread's part of the scratch; give it back.
   *
   * @throws UnavailableError when so many threads scan already
   */
  takeSlot(): number {
    const { control } = this.parts
    for (let slot = 0; slot < SCRATCH_SLOTS; slot++) {
      const bit = 1 << (slot & 31)
      if ((Atomics.or(control, Control.slots + (slot >> 5), bit) & bit) === 0) return slot
    }
    throw new UnavailableError(`${SCRATCH_SLOTS} threads search this table already`, 'close a search first')
  }

  giveSlotBack(slot: number): void {
    Atomics.and(this.parts.control, Control.slots + (slot >> 5), ~(1 << (slot & 31)))
  }

  /** The plane first: no block is there before its approximations. */
  #growSegment(segment: number, bytes: number, planeBytes: number): void {
    const { blocksAt, blockBytes, blocksPerSegment, approximation } = this.layout
    const { segments, planes } = this.parts
    if (approximation) grow(planes, segment, planeBytes, blocksPerSegment * approximation.bytes, 0)
    grow(segments, segment, bytes, blocksAt + blocksPerSegment * blockBytes, blocksAt)
  }

  #viewOf({ buffer }: KernelMemory): SegmentView {
    const { blocksAt, blockBytes, blocksPerSegment } = this.layout
    return {
      blocks: Math.min(blocksPerSegment, Math.floor((buffer.byteLength - blocksAt) / blockBytes)),
      bytes: new Uint8Array(buffer),
      words: new Int32Array(buffer),
      float32: new Float32Array(buffer),
      float64: new Float64Array(buffer),
    }
  }
}

/** A table without rows. */
export function emptyParts(shape: TableShape, segmentBytes: number): TableParts {
  return { shape, segmentBytes, control: sharedInt32(CONTROL_WORDS), segments: [], planes: [] }
}

/** @param most bytes that it may ever have @param fixed bytes in front that do not grow */
function grow(memories: KernelMemory[], n: number, bytes: number, most: number, fixed: number): void {
  const memory = memories[n]
  if (!memory) {
    memories.push(kernelMemory(bytes, pagesOf(most) * PAGE_BYTES))
    return
  }
  const before = memory.buffer.byteLength
  if (bytes <= before) return
  const wanted = Math.max(bytes, before + Math.max(GROWTH_LEAST, (before - fixed) / 8))
  memory.grow(Math.min(pagesOf(most), pagesOf(wanted)) - before / PAGE_BYTES)
}

const RESERVE = 'reserve room for all rows before the threads start'
const pagesOf = (bytes: number) => Math.ceil(bytes / PAGE_BYTES)
