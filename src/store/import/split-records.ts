/** @file Cuts bytes into records (rows) at their true ends, so that every row has its line number and a broken one stays alone. */

import { isUtf8 } from 'node:buffer'

/** A longer row is refused; it is never held in memory whole. */
export const MAX_RECORD = 1 << 20

/** How rows are written: a quote of null means that every line is a row (JSON lines). */
export interface Dialect {
  delimiter: number
  quote: number | null
}

/** A row that cannot be read at all. */
export interface RecordFault {
  line: number
  /** Beginning of the row. */
  value: string
  expected: string
}

/** Whole rows, each ended by one line feed, blank lines left out. */
export interface RecordBlock {
  bytes: Buffer
  /** Where row r starts in `bytes`; length of the rows + 1. */
  starts: number[]
  /** 1-based physical line of row r. */
  lines: number[]
  faults: RecordFault[]
  /** Where reading goes on after this block: bytes into the (unpacked) file, and the line there. */
  next: Place
}

export interface Place {
  offset: number
  line: number
  /** In the middle of a line that is too long and has been refused: what is left of it goes, too. */
  isInsideLine?: boolean
}

const LF = 10
const CR = 13
const SHOWN = 200
const NOTHING: Buffer = Buffer.alloc(0)

/** The end of a row: `incomplete` when more bytes are needed to know it. */
type RecordEnd = { kind: 'whole' | 'unclosed' | 'junk after quote' | 'incomplete'; end: number }

/** Finds the line feed that ends the row at `at`; a last row may end with the bytes. */
export function findRecordEnd(bytes: Buffer, at: number, dialect: Dialect, isLast: boolean): RecordEnd {
  const { delimiter, quote } = dialect
  const length = bytes.length
  const open: RecordEnd = { kind: isLast ? 'unclosed' : 'incomplete', end: length }
  if (quote === null) {
    const end = bytes.indexOf(LF, at)
    if (end !== -1) return { kind: 'whole', end }
    return { kind: isLast ? 'whole' : 'incomplete', end: length }
  }
  let fieldStarts = true
  for (let k = at; k < length; ) {
    const byte = bytes[k]!
    if (byte === LF) return { kind: 'whole', end: k }
    if (fieldStarts && byte === quote) {
      let close = k + 1
      for (;;) {
        close = bytes.indexOf(quote, close)
        if (close === -1) return open
        if (close + 1 === length && !isLast) return { kind: 'incomplete', end: length }
        if (bytes[close + 1] !== quote) break
        close += 2
      }
      k = close + 1
      const after = bytes[k]
      if (after === CR) {
        if (k + 1 === length && !isLast) return { kind: 'incomplete', end: length }
        if (k + 1 < length && bytes[k + 1] !== LF) return { kind: 'junk after quote', end: k }
      } else if (k < length && after !== delimiter && after !== LF)
        return { kind: 'junk after quote', end: k }
      fieldStarts = false
      continue
    }
    fieldStarts = byte === delimiter
    k++
  }
  return { kind: isLast ? 'whole' : 'incomplete', end: length }
}

/** Give it the file's bytes in order; each call returns the rows that are whole by then. */
export class RecordSplitter {
  readonly #dialect: Dialect
  #rest = NOTHING
  /** Inside a line that is too long: everything up to its end is dropped. */
  #skipping = false
  #place: Place

  constructor(dialect: Dialect, start: Place) {
    this.#dialect = dialect
    this.#place = { ...start }
    this.#skipping = start.isInsideLine ?? false
  }

  push(chunk: Buffer, isLast: boolean): RecordBlock {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const block = new BlockBuilder(bytes)
    const { length } = bytes
    let { line } = this.#place
    let at = 0
    while (at < length) {
      if (this.#skipping) {
        const end = bytes.indexOf(LF, at)
        at = end === -1 ? length : end + 1
        if (end === -1) break
        this.#skipping = false
        line++
        continue
      }
      const { kind, end } = findRecordEnd(bytes, at, this.#dialect, isLast)
      const isTooLong = end - at > MAX_RECORD
      if (kind === 'incomplete' && !isTooLong) break
      if (kind === 'whole' && !isTooLong) {
        const content = end > at && bytes[end - 1] === CR ? end - 1 : end
        if (content > at) block.add(at, content, line)
        line += this.#dialect.quote === null ? 1 : 1 + countLineFeeds(bytes, at, end)
        at = end + 1
        continue
      }
      // The first line of a broken row is given up and reading goes on behind it: good rows that follow are kept.
      const lineEnd = bytes.indexOf(LF, at)
      const stop = lineEnd === -1 ? length : lineEnd
      block.fault(line, at, stop, expectedInstead(kind, stop - at))
      if (lineEnd === -1) {
        this.#skipping = true
        at = length
      } else {
        line++
        at = lineEnd + 1
      }
    }
    at = Math.min(at, length)
    this.#rest = bytes.subarray(at)
    this.#place = { offset: this.#place.offset + at, line, isInsideLine: this.#skipping }
    return block.build({ ...this.#place })
  }
}

function expectedInstead(kind: RecordEnd['kind'], length: number): string {
  if (length > MAX_RECORD) return `a row of at most ${MAX_RECORD >> 20} MiB`
  if (kind === 'junk after quote') return 'a delimiter after the closing quote'
  return 'a closing quote'
}

function countLineFeeds(bytes: Buffer, from: number, to: number): number {
  let count = 0
  for (let k = bytes.indexOf(LF, from); k !== -1 && k < to; k = bytes.indexOf(LF, k + 1)) count++
  return count
}

/** Copies the rows that are kept, in as few pieces as possible. */
class BlockBuilder {
  readonly #bytes: Buffer
  #out = NOTHING
  readonly #starts: number[] = []
  readonly #lines: number[] = []
  readonly #faults: RecordFault[] = []
  #used = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  add(from: number, to: number, line: number): void {
    // Within a line that is too long there is nothing to copy, and no room is needed.
    if (this.#out === NOTHING) this.#out = Buffer.allocUnsafe(this.#bytes.length + 1)
    this.#starts.push(this.#used)
    this.#lines.push(line)
    this.#bytes.copy(this.#out, this.#used, from, to)
    this.#used += to - from
    this.#out[this.#used++] = LF
  }

  fault(line: number, from: number, to: number, expected: string): void {
    this.#faults.push({ line, value: shown(this.#bytes, from, to), expected })
  }

  build(next: Place): RecordBlock {
    const bytes = this.#out.subarray(0, this.#used)
    const starts = [...this.#starts, this.#used]
    const block = { bytes, starts, lines: this.#lines, faults: this.#faults, next }
    return isUtf8(bytes) && !bytes.includes(0) ? block : withoutBadText(block)
  }
}

/** Leaves out rows that are no UTF-8 or hold NUL, which no database keeps faithfully. */
function withoutBadText(block: RecordBlock): RecordBlock {
  const kept: RecordBlock = { ...block, bytes: Buffer.alloc(0), starts: [0], lines: [] }
  const pieces: Buffer[] = []
  for (const [row, line] of block.lines.entries()) {
    const piece = block.bytes.subarray(block.starts[row]!, block.starts[row + 1]!)
    const hasNul = piece.includes(0)
    if (hasNul || !isUtf8(piece)) {
      const expected = hasNul ? 'text without NUL bytes' : 'UTF-8 text'
      kept.faults.push({ line, value: shown(piece, 0, piece.length - 1), expected })
      continue
    }
    pieces.push(piece)
    kept.lines.push(line)
    kept.starts.push(kept.starts.at(-1)! + piece.length)
  }
  kept.bytes = Buffer.concat(pieces)
  return kept
}

const shown = (bytes: Buffer, from: number, to: number) =>
  bytes.toString('utf8', from, Math.min(to, from + SHOWN))
