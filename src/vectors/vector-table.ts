/**
 * @file The vector table: rows of one length in one of five formats over shared memory, inserted, updated in place and
 * deleted while other threads search.
 *
 * A writer makes a block's sequence odd, writes, and makes it even again; readers that saw it change read once more. Words
 * of rows that can be found are stored one by one as atomics, so that no processor lets a reader see them after the
 * sequence says they are done. See `table-layout.ts` for what lies where.
 */

import { InvalidOptionError, NotFoundError } from '../base/errors.ts'
import { ApproximationWriter } from './approximation.ts'
import { type Attributes, AttributeWriter } from './attributes.ts'
import { decodeRow } from './decode.ts'
import { type Encode, type Encoded, rowEncoder } from './encode.ts'
import {
  BLOCK_LIVE_AT,
  BLOCK_ROWS,
  BLOCK_SEQUENCE_AT,
  isInteger,
  ROWS_MOST,
  SEGMENT_BYTES,
  type TableLayout,
  type TableShape,
} from './table-layout.ts'
import { Control, emptyParts, type SegmentView, TableMemory, type TableParts } from './table-memory.ts'

export class VectorTable {
  readonly memory: TableMemory
  readonly #encode: Encode
  readonly #encoded: Encoded
  readonly #words: Int32Array
  readonly #scalars = new Float32Array(2)
  readonly #scalarWords = new Int32Array(this.#scalars.buffer)
  readonly #attributes: AttributeWriter
  readonly #approximation: ApproximationWriter | null

  /**
   * @param segmentBytes size of the pieces that memory is taken in, 1 GiB when absent
   * @throws InvalidOptionError when a table cannot have that shape
   */
  constructor(shape: TableShape, segmentBytes?: number)
  /** @param memory of a table that another thread made, see `VectorTable.attach` */
  constructor(memory: TableMemory)
  constructor(from: TableShape | TableMemory, segmentBytes = SEGMENT_BYTES) {
    this.memory = from instanceof TableMemory ? from : new TableMemory(emptyParts(from, segmentBytes), true)
    const { layout } = this.memory
    const bytes = new Uint8Array(layout.stride)
    this.#encode = rowEncoder(layout)
    this.#encoded = { bytes, scale: 1, norm: 0 }
    this.#words = new Int32Array(bytes.buffer)
    this.#attributes = new AttributeWriter(layout)
    this.#approximation = layout.approximation && new ApproximationWriter(layout)
  }

  /** The table of another thread, by what its `parts` are. */
  static attach(parts: TableParts): VectorTable {
    return new VectorTable(new TableMemory(parts, false))
  }

  get shape(): TableShape {
    return this.memory.layout.shape
  }

  get layout(): TableLayout {
    return this.memory.layout
  }

  /** What to send to another thread. */
  get parts(): TableParts {
    return this.memory.parts
  }

  /** One more than the largest row ever used. */
  get rows(): number {
    return this.memory.rows
  }

  /** Rows that a search can find. */
  get live(): number {
    return Atomics.load(this.#control, Control.live) >>> 0
  }

  /** Counts writes of all threads. */
  get version(): number {
    return Atomics.load(this.#control, Control.version) >>> 0
  }

  has(row: number): boolean {
    if (!Number.isInteger(row) || row < 0 || row >= this.rows) return false
    const block = Math.floor(row / BLOCK_ROWS)
    return isLive(this.memory.view(block), this.memory.address(block), row % BLOCK_ROWS)
  }

  /**
   * Puts a vector into a free row: one that was deleted, or a new one.
   *
   * @param vector length dim
   * @returns the row
   * @throws InvalidOptionError when the vector or an attribute does not fit the table; InsufficientMemoryError
   */
  insert(vector: ArrayLike<number>, attributes: Attributes = {}): number {
    this.#take(vector)
    this.#attributes.take(attributes, true)
    return this.#locked(() => {
      const row = this.#freeRow()
      this.#put(row)
      return row
    })
  }

  /**
   * Puts many vectors into new rows behind all others.
   *
   * @param vectors row-major, n × dim
   * @param attributes of the n-th of them
   * @returns the first of the n rows
   */
  append(vectors: Float32Array, attributes?: (n: number) => Attributes): number {
    const { dim } = this.shape
    const count = vectors.length / dim
    if (!Number.isInteger(count))
      throw new InvalidOptionError('vectors', vectors.length, `a multiple of ${dim} numbers`)
    return this.#locked(() => {
      const first = this.rows
      this.#ensure(first + count)
      for (let n = 0; n < count; n++) {
        this.#take(vectors.subarray(n * dim, (n + 1) * dim))
        this.#attributes.take(attributes?.(n) ?? {}, true)
        this.#put(first + n)
      }
      return first
    })
  }

  /**
   * Puts a vector into that very row, which may be a live one, a deleted one or one beyond the last.
   *
   * @throws InvalidOptionError, InsufficientMemoryError
   */
  set(row: number, vector: ArrayLike<number>, attributes: Attributes = {}): void {
    if (!Number.isInteger(row) || row < 0 || row >= ROWS_MOST)
      throw new InvalidOptionError('row', row, `an integer below ${ROWS_MOST}`)
    this.#take(vector)
    this.#attributes.take(attributes, true)
    this.#locked(() => this.#put(row))
  }

  /**
   * Replaces the vector of a live row, and the attributes that are named.
   *
   * @throws NotFoundError when the row is not live
   */
  update(row: number, vector: ArrayLike<number>, attributes: Attributes = {}): void {
    this.#take(vector)
    this.#attributes.take(attributes, false)
    this.#changeLive(row, (view, address, within) => {
      this.#storeRow(view, address, row, true)
      this.#attributes.store(view, address, within)
    })
  }

  /** Replaces the attributes that are named, of a live row. */
  setAttributes(row: number, attributes: Attributes): void {
    this.#attributes.take(attributes, false)
    this.#changeLive(row, (view, address, within) => this.#attributes.store(view, address, within))
  }

  /** @returns whether the row was live */
  delete(row: number): boolean {
    return this.#locked(() => {
      if (!this.has(row)) return false
      const block = Math.floor(row / BLOCK_ROWS)
      this.#write(block, (view, address) => {
        const within = row % BLOCK_ROWS
        Atomics.and(view.words, (address + BLOCK_LIVE_AT) / 4 + (within >> 5), ~(1 << (within & 31)))
      })
      Atomics.sub(this.#control, Control.live, 1)
      Atomics.store(this.#control, Control.hint, block)
      return true
    })
  }

  /**
   * @param out length dim
   * @returns the vector as stored: rounded, and of length 1 in a cosine table
   * @throws NotFoundError when the row is not live
   */
  vectorAt(row: number, out = new Float32Array(this.shape.dim)): Float32Array {
    if (!this.read(row, out)) throw new NotFoundError('row', String(row))
    return out
  }

  /**
   * Reads a row that may not be live.
   *
   * @param out length dim
   * @returns whether the row was live; otherwise `out` holds nothing of use
   */
  read(row: number, out: Float32Array): boolean {
    if (!Number.isInteger(row) || row < 0 || row >= this.rows) return false
    const block = Math.floor(row / BLOCK_ROWS)
    const view = this.memory.view(block)
    const address = this.memory.address(block)
    const sequenceAt = (address + BLOCK_SEQUENCE_AT) / 4
    for (;;) {
      const sequence = Atomics.load(view.words, sequenceAt)
      if (sequence & 1) continue
      const live = isLive(view, address, row % BLOCK_ROWS)
      if (live) decodeRow(this.layout, view, address, row % BLOCK_ROWS, out)
      if (Atomics.load(view.words, sequenceAt) === sequence) return live
    }
  }

  /** Makes room for rows below that number, in this thread, once; then other threads may fill them. */
  reserve(rows: number): void {
    this.#locked(() => this.#ensure(rows))
  }

  get #control(): Int32Array {
    return this.memory.parts.control
  }

  #blockOf(row: number): number {
    if (!Number.isInteger(row) || row < 0 || row >= this.rows) throw new NotFoundError('row', String(row))
    return Math.floor(row / BLOCK_ROWS)
  }

  #take(vector: ArrayLike<number>): void {
    const { dim } = this.shape
    if (vector.length !== dim) throw new InvalidOptionError('vector', vector.length, `${dim} numbers`)
    this.#encode(vector, this.#encoded)
  }

  #ensure(rows: number): void {
    if (rows > ROWS_MOST) throw new InvalidOptionError('rows', rows, `at most ${ROWS_MOST}`)
    this.memory.ensure(Math.ceil(rows / BLOCK_ROWS))
  }

  /** Writes what was taken into a row that may be new; under the table's lock. */
  #put(row: number): void {
    this.#ensure(row + 1)
    const block = Math.floor(row / BLOCK_ROWS)
    const within = row % BLOCK_ROWS
    let added = false
    this.#write(block, (view, address) => {
      added = !isLive(view, address, within)
      this.#storeRow(view, address, row, !added)
      this.#attributes.store(view, address, within)
      Atomics.or(view.words, (address + BLOCK_LIVE_AT) / 4 + (within >> 5), 1 << (within & 31))
    })
    if (added) Atomics.add(this.#control, Control.live, 1)
    if (row >= this.rows) Atomics.store(this.#control, Control.rows, row + 1)
  }

  #changeLive(row: number, change: (view: SegmentView, address: number, within: number) => void): void {
    const within = row % BLOCK_ROWS
    this.#write(this.#blockOf(row), (view, address) => {
      if (!isLive(view, address, within)) throw new NotFoundError('row', String(row))
      change(view, address, within)
    })
  }

  /** @param live whether somebody may be reading the row; nobody looks at another before its bit is set */
  #storeRow(view: SegmentView, address: number, row: number, live: boolean): void {
    const { words } = view
    const { stride, rowsAt, scalesAt, normsAt, shape } = this.layout
    const within = row % BLOCK_ROWS
    const at = (address + rowsAt + within * stride) / 4
    if (live)
      for (let word = 0; word < this.#words.length; word++) Atomics.store(words, at + word, this.#words[word])
    else words.set(this.#words, at)
    this.#scalars[0] = this.#encoded.scale
    this.#scalars[1] = this.#encoded.norm
    if (isInteger(shape.format)) Atomics.store(words, (address + scalesAt) / 4 + within, this.#scalarWords[0])
    if (normsAt > 0) Atomics.store(words, (address + normsAt) / 4 + within, this.#scalarWords[1])
    const block = Math.floor(row / BLOCK_ROWS)
    const { memory } = this
    this.#approximation?.write(view, address, memory.plane(block), memory.planeAddress(block), within)
  }

  /** Runs `change` while the block is this thread's alone. */
  #write(block: number, change: (view: SegmentView, address: number) => void): void {
    const view = this.memory.view(block)
    const address = this.memory.address(block)
    const at = (address + BLOCK_SEQUENCE_AT) / 4
    for (;;) {
      const sequence = Atomics.load(view.words, at)
      if (sequence & 1) continue
      if (Atomics.compareExchange(view.words, at, sequence, sequence + 1) === sequence) break
    }
    const plane = this.#approximation && this.memory.plane(block)
    const planeAt = plane ? this.memory.planeAddress(block) : 0
    if (plane) this.#approximation?.begin(plane, planeAt)
    try {
      change(view, address)
    } finally {
      if (plane) this.#approximation?.end(view, address, plane, planeAt)
      Atomics.add(view.words, at, 1)
      Atomics.add(this.#control, Control.version, 1)
    }
  }

  #locked<Result>(work: () => Result): Result {
    const control = this.#control
    while (Atomics.compareExchange(control, Control.lock, 0, 1) !== 0)
      Atomics.wait(control, Control.lock, 1, 1)
    try {
      return work()
    } finally {
      Atomics.store(control, Control.lock, 0)
      Atomics.notify(control, Control.lock, 1)
    }
  }

  /** A deleted row when there is one, the nearest to where the last was deleted; otherwise the next. */
  #freeRow(): number {
    const { rows, live } = this
    if (live === rows) return rows
    const blocks = this.memory.blocks
    const hint = Atomics.load(this.#control, Control.hint)
    for (let n = 0; n < blocks; n++) {
      const block = (hint + n) % blocks
      const { words } = this.memory.view(block)
      const at = (this.memory.address(block) + BLOCK_LIVE_AT) / 4
      for (let half = 0; half < 2; half++) {
        const dead = ~Atomics.load(words, at + half)
        if (dead === 0) continue
        const row = block * BLOCK_ROWS + half * 32 + (31 - Math.clz32(dead & -dead))
        if (row >= rows) continue
        Atomics.store(this.#control, Control.hint, block)
        return row
      }
    }
    return rows
  }
}

function isLive({ words }: SegmentView, address: number, within: number): boolean {
  return ((Atomics.load(words, (address + BLOCK_LIVE_AT) / 4 + (within >> 5)) >>> (within & 31)) & 1) === 1
}
