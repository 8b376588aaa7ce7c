/**
 * @file How a vector table lies in memory: segments of blocks, a block holds 64 rows and all that belongs to them.
 *
 * A segment is one shared memory. Its first part is scratch, one slot a scanning thread; from `blocksAt` on follow the
 * blocks, `blockBytes` each (a multiple of 64). A block, all little-endian:
 *
 *   0           uint32       sequence: odd while somebody writes into the block, two more after every write
 *   4           uint32       zero
 *   8           uint32 × 2   live rows, row r in bit r mod 32 of word r >> 5
 *   64          float32 × 64 scales of the rows: integer formats only
 *   then        float32 × 64 squared lengths of the rows as stored: metric l2 only
 *   then        attribute columns in order of declaration: a category 8 bytes a value (bits as in `live`), a number or a
 *               time float64 × 64 (NaN where it is unknown)
 *   rowsAt      64 × stride  the rows, each padded with zeros to a multiple of 16 bytes
 *
 * A row as stored: float32 and float16 as they are; int8 signed; int4 as value + 8, 32 values in 16 bytes: byte j holds
 * value j in its low half and value 16 + j in its high half; binary one bit a value, set where it is positive, lowest
 * bit first.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { type Scratch, scratchOf } from './scratch.ts'

export const FORMATS = ['float32', 'float16', 'int8', 'int4', 'binary'] as const
export type Format = (typeof FORMATS)[number]

export const METRICS = ['inner-product', 'cosine', 'l2'] as const
export type Metric = (typeof METRICS)[number]

/** A category is a set of flags, a row may have several; numbers and times are float64, times in seconds since 1970. */
export type AttributeColumn =
  | { kind: 'category'; values: readonly string[] }
  | { kind: 'number' }
  | { kind: 'time' }

export interface TableShape {
  dim: number
  format: Format
  metric: Metric
  /**
   * Of int8: keeps four bits a number beside the rows, which a search for few queries reads first. It finds the same; the
   * table takes half as much memory again. Absent: no.
   */
  approximation?: boolean
  /** Columns by name; none when absent. */
  attributes?: Readonly<Record<string, AttributeColumn>>
}

export interface AttributePlace {
  column: AttributeColumn
  /** From the start of a block. */
  at: number
}

/** Places in the part of a plane that belongs to a block, see `approximation.ts`; 0 where there are none. */
export interface ApproximationLayout {
  scalesAt: number
  normsAt: number
  valuesAt: number
  bytes: number
}

export interface TableLayout {
  readonly shape: TableShape
  /** Bytes of a row as stored. */
  readonly stride: number
  /** Values that a row has room for: dim rounded up. Queries are padded to as many. */
  readonly width: number
  /** Bytes of an encoded query, see `query-batch.ts`. */
  readonly queryStride: number
  /** Places from the start of a block; 0 where the table has none. */
  readonly scalesAt: number
  readonly normsAt: number
  readonly attributes: ReadonlyMap<string, AttributePlace>
  readonly rowsAt: number
  readonly blockBytes: number
  /** Null without. */
  readonly approximation: ApproximationLayout | null
  /** What lies in one thread's scratch, and where blocks start behind all of them. */
  readonly scratch: Scratch
  readonly blocksAt: number
  /** All segments but the last hold so many. */
  readonly blocksPerSegment: number
}

export const BLOCK_ROWS = 64
export const BLOCK_SEQUENCE_AT = 0
export const BLOCK_LIVE_AT = 8
const BLOCK_HEADER_BYTES = 64

/** Threads that may scan a table at one time. */
export const SCRATCH_SLOTS = 64
export const SCRATCH_AT = 64

/** Sums over so many products of int8 stay below 2³¹. */
export const DIM_MOST = 65536
/** Row numbers have 32 bits; the last one stays free for "none". */
export const ROWS_MOST = 2 ** 32 - BLOCK_ROWS
/** Sums of so large values' products stay finite in float32. */
export const VALUE_MOST = 1e15
export const CATEGORY_VALUES_MOST = 4096
export const ATTRIBUTES_MOST = 256

/** A size that GPUs can bind as one or two buffers, and that 32-bit addresses reach. */
export const SEGMENT_BYTES = 2 ** 30

const ROW_ALIGNMENT = 16

/** @throws InvalidOptionError when the shape is not one that a table can have */
export function layoutOf(shape: TableShape, segmentBytes = SEGMENT_BYTES): TableLayout {
  const { dim, format, metric, approximation = false } = shape
  if (!Number.isInteger(dim) || dim < 1 || dim > DIM_MOST)
    throw new InvalidOptionError('dim', dim, `an integer from 1 to ${DIM_MOST}`)
  if (!FORMATS.includes(format)) throw new InvalidOptionError('format', format, FORMATS.join(', '))
  if (!METRICS.includes(metric)) throw new InvalidOptionError('metric', metric, METRICS.join(', '))
  if (typeof approximation !== 'boolean' || (approximation && format !== 'int8'))
    throw new InvalidOptionError('approximation', approximation, 'false, or true for a table of int8')

  const stride = roundUp(Math.ceil((dim * BITS[format]) / 8), ROW_ALIGNMENT)
  const width = (stride * 8) / BITS[format]
  let at = BLOCK_HEADER_BYTES
  const take = (bytes: number) => {
    const place = at
    at += bytes
    return place
  }
  const scalesAt = isInteger(format) ? take(4 * BLOCK_ROWS) : 0
  const normsAt = metric === 'l2' ? take(4 * BLOCK_ROWS) : 0
  const attributes = new Map<string, AttributePlace>()
  for (const [name, column] of Object.entries(shape.attributes ?? {})) {
    checkColumn(name, column)
    attributes.set(name, {
      column,
      at: take(column.kind === 'category' ? 8 * column.values.length : 8 * BLOCK_ROWS),
    })
  }
  if (attributes.size > ATTRIBUTES_MOST)
    throw new InvalidOptionError('attributes', attributes.size, `at most ${ATTRIBUTES_MOST} columns`)
  const rowsAt = roundUp(at, 64)
  const blockBytes = rowsAt + BLOCK_ROWS * stride
  const queryStride = bytesOfQuery(format, width)
  // The WebAssembly kernel multiplies int8 as numbers of 16 bits.
  const scratch = format === 'int8' ? scratchOf(2 * queryStride, stride) : scratchOf(queryStride)
  const blocksAt = roundUp(SCRATCH_AT + SCRATCH_SLOTS * scratch.bytes, 65536)
  return {
    shape,
    stride,
    width,
    queryStride,
    scalesAt,
    normsAt,
    attributes,
    rowsAt,
    blockBytes,
    approximation: approximation ? approximationLayout(width, normsAt > 0) : null,
    scratch,
    blocksAt,
    blocksPerSegment: Math.max(1, Math.floor(segmentBytes / blockBytes)),
  }
}

function approximationLayout(width: number, norms: boolean): ApproximationLayout {
  const scalesAt = BLOCK_HEADER_BYTES
  const behind = scalesAt + 4 * BLOCK_ROWS
  const valuesAt = behind + (norms ? 4 * BLOCK_ROWS : 0)
  return { scalesAt, normsAt: norms ? behind : 0, valuesAt, bytes: valuesAt + (BLOCK_ROWS * width) / 2 }
}

/** Formats whose scores all kernels agree on bit for bit. */
export const isInteger = (format: Format) => format === 'int8' || format === 'int4' || format === 'binary'

const BITS: Record<Format, number> = { float32: 32, float16: 16, int8: 8, int4: 4, binary: 1 }

const roundUp = (bytes: number, to: number) => Math.ceil(bytes / to) * to

function bytesOfQuery(format: Format, width: number): number {
  if (format === 'binary') return width / 8
  return isInteger(format) ? width : 4 * width
}

function checkColumn(name: string, column: AttributeColumn): void {
  const field = `attributes.${name}`
  if (column.kind === 'number' || column.kind === 'time') return
  if (column.kind !== 'category') throw new InvalidOptionError(field, column, 'category, number or time')
  const { values } = column
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string'))
    throw new InvalidOptionError(field, values, 'a list of values')
  if (values.length < 1 || values.length > CATEGORY_VALUES_MOST)
    throw new InvalidOptionError(field, values.length, `1 to ${CATEGORY_VALUES_MOST} values`)
  if (new Set(values).size < values.length) throw new InvalidOptionError(field, values, 'values that differ')
}
