/**
 * @file The approximation plane of a table of int8 (after the vector-approximation file of Weber, Schek & Blott 1998): four
 * bits of every number, so that a scan reads half the bytes to tell which rows it has to read whole.
 *
 * A number is v = 17 · h + r with h in −7 … 7 and |r| ≤ 8. So the sum of products with a query is at most
 * 17 · Σ h·query + 8 · Σ |query|, a whole number. All that makes a score of the sum, rounding to float32 as well, never lets
 * a larger one become less: the score of that bound is not below the row's, and rows whose bound misses the threshold
 * need not be looked at.
 *
 * Planes lie in memories of their own, one beside each segment, so that a scan reads on without a gap. They hold for each
 * block, all little-endian:
 *
 *   0           uint32       sequence: that of the block while nobody writes into it, odd while somebody does
 *   8           uint32 × 2   live rows, as in the block
 *   64          float32 × 64 scales of the rows
 *   then        float32 × 64 squared lengths of the rows: metric l2 only
 *   valuesAt    64 × width/2 the rows: byte j of one holds h + 8 of number j in its low half and of number width/2 + j in its
 *               high half; 16 rows lie word by word side by side, word w of row r at (r >> 4) · 8 · width + 64 · w + 4 · (r & 15)
 */

import { BLOCK_LIVE_AT, BLOCK_ROWS, BLOCK_SEQUENCE_AT, type TableLayout } from './table-layout.ts'
import type { SegmentView } from './table-memory.ts'

const STEP = 17
/** Makes h unsigned. */
const OFFSET = 8
const GROUP_ROWS = 16

/** h + 8 of every int8, by its unsigned byte. */
const halves = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = (byte << 24) >> 24
  return Math.max(1, Math.floor((value + OFFSET + STEP * OFFSET) / STEP))
})

/** Writes the planes of one table. */
export class ApproximationWriter {
  readonly #layout: TableLayout
  readonly #bytes: Uint8Array
  readonly #words: Int32Array

  constructor(layout: TableLayout) {
    this.#layout = layout
    this.#bytes = new Uint8Array(layout.width / 2)
    this.#words = new Int32Array(this.#bytes.buffer)
  }

  /** Tells readers that what they read is not whole; `end` tells them that it is. */
  begin(plane: Int32Array, address: number): void {
    Atomics.add(plane, (address + BLOCK_SEQUENCE_AT) / 4, 1)
  }

  end(view: SegmentView, block: number, plane: Int32Array, address: number): void {
    const from = (block + BLOCK_LIVE_AT) / 4
    const to = (address + BLOCK_LIVE_AT) / 4
    for (let half = 0; half < 2; half++)
      Atomics.store(plane, to + half, Atomics.load(view.words, from + half))
    Atomics.add(plane, (address + BLOCK_SEQUENCE_AT) / 4, 1)
  }

  /** Takes over a row of a block, between `begin` and `end`. */
  write(view: SegmentView, block: number, plane: Int32Array, address: number, within: number): void {
    const { rowsAt, stride, scalesAt, normsAt, approximation } = this.#layout
    const at = block + rowsAt + within * stride
    const row = view.bytes.subarray(at, at + stride)
    const half = this.#bytes.length
    for (let j = 0; j < half; j++) this.#bytes[j] = halves[row[j]] | (halves[row[half + j]] << 4)
    const group = (within >> 4) * GROUP_ROWS * half
    const to = (address + approximation!.valuesAt + group) / 4 + (within & (GROUP_ROWS - 1))
    for (let word = 0; word < this.#words.length; word++)
      Atomics.store(plane, to + word * GROUP_ROWS, this.#words[word])
    const copy = (from: number, place: number) =>
      Atomics.store(plane, (address + place) / 4 + within, view.words[(block + from) / 4 + within])
    copy(scalesAt, approximation!.scalesAt)
    if (normsAt > 0) copy(normsAt, approximation!.normsAt)
  }

  /** Makes the plane of a block that nobody sees yet. */
  writeBlock(view: SegmentView, block: number, plane: Int32Array, address: number): void {
    this.begin(plane, address)
    for (let within = 0; within < BLOCK_ROWS; within++) this.write(view, block, plane, address, within)
    this.end(view, block, plane, address)
    Atomics.store(plane, (address + BLOCK_SEQUENCE_AT) / 4, view.words[(block + BLOCK_SEQUENCE_AT) / 4])
  }
}
