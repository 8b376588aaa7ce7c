/** @file Vectors as a table stores them: rounded to the table's format, with a scale and a squared length. */

import { InvalidOptionError } from '../base/errors.ts'
import { fromHalf, HALF_MOST, toHalf } from './half.ts'
import { type Format, type TableLayout, VALUE_MOST } from './table-layout.ts'

/** One vector encoded; the arrays are views of one place that is written again and again. */
export interface Encoded {
  bytes: Uint8Array
  scale: number
  /** Squared length of what was stored. */
  norm: number
}

export type Encode = (vector: ArrayLike<number>, into: Encoded) => void

const fround = Math.fround
/** The largest integers that rows hold. */
const INT8_MOST = 127
const INT4_MOST = 7
/** int4 is stored as an unsigned number. */
export const INT4_OFFSET = 8
/** Values of one 16-byte group of int4. */
export const INT4_GROUP = 32

/** How rows of a table are written. */
export function rowEncoder({ shape }: TableLayout): Encode {
  return encoderOf(shape.format, shape.dim, shape.metric === 'cosine')
}

/** How queries are written: in the format of the rows, but int8 to rows of int4 and float32 to rows of float16. */
export function queryEncoder({ shape }: TableLayout): Encode {
  const { format, dim, metric } = shape
  const wider = format === 'int4' ? 'int8' : format === 'float16' ? 'float32' : format
  return encoderOf(wider, dim, metric === 'cosine')
}

function encoderOf(format: Format, dim: number, unit: boolean): Encode {
  const values = new Float64Array(dim)
  const write = writers[format]
  return (vector, into) => {
    let most = 0
    let squares = 0
    for (let j = 0; j < dim; j++) {
      const value = fround(vector[j])
      const size = Math.abs(value)
      // Written so that NaN fails too.
      if (!(size <= VALUE_MOST))
        throw new InvalidOptionError('vector', vector[j], `finite numbers up to ${VALUE_MOST}`)
      most = Math.max(most, size)
      squares += value * value
      values[j] = value
    }
    if (unit && squares > 0) {
      const length = Math.sqrt(squares)
      for (let j = 0; j < dim; j++) values[j] = fround(values[j] / length)
      most = fround(most / length)
    }
    write(values, most, into)
  }
}

/** Rounds values of at most `most` in size, and writes them; bytes behind them stay zero. */
type Write = (values: Float64Array, most: number, into: Encoded) => void

const writers: Record<Format, Write> = {
  float32(values, _most, into) {
    const out = new Float32Array(into.bytes.buffer, into.bytes.byteOffset, values.length)
    let squares = 0
    for (let j = 0; j < values.length; j++) {
      out[j] = values[j]
      squares += out[j] * out[j]
    }
    into.scale = 1
    into.norm = fround(squares)
  },

  float16(values, most, into) {
    if (most > HALF_MOST) throw new InvalidOptionError('vector', most, `float16 up to ${HALF_MOST}`)
    const out = new Uint16Array(into.bytes.buffer, into.bytes.byteOffset, values.length)
    let squares = 0
    for (let j = 0; j < values.length; j++) {
      out[j] = toHalf(values[j])
      squares += fromHalf(out[j]) ** 2
    }
    into.scale = 1
    into.norm = fround(squares)
  },

  int8(values, most, into) {
    const scale = fround(most / INT8_MOST)
    const out = new Int8Array(into.bytes.buffer, into.bytes.byteOffset, values.length)
    let squares = 0
    for (let j = 0; j < values.length; j++) {
      const value = rounded(values[j], scale, INT8_MOST)
      out[j] = value
      squares += value * value
    }
    into.scale = scale
    into.norm = scaledSquares(squares, scale)
  },

  int4(values, most, into) {
    const scale = fround(most / INT4_MOST)
    into.bytes.fill(0)
    let squares = 0
    for (let j = 0; j < values.length; j++) {
      const value = rounded(values[j], scale, INT4_MOST)
      const within = j % INT4_GROUP
      const at = (j - within) / 2 + (within % 16)
      into.bytes[at] |= (value + INT4_OFFSET) << (within < 16 ? 0 : 4)
      squares += value * value
    }
    into.scale = scale
    into.norm = scaledSquares(squares, scale)
  },

  binary(values, _most, into) {
    into.bytes.fill(0)
    let size = 0
    for (let j = 0; j < values.length; j++) {
      if (values[j] > 0) into.bytes[j >> 3] |= 1 << (j & 7)
      size += Math.abs(values[j])
    }
    into.scale = fround(size / values.length)
    into.norm = scaledSquares(values.length, into.scale)
  },
}

/** Half away from zero, so that a vector and its opposite are rounded alike. */
function rounded(value: number, scale: number, most: number): number {
  if (scale === 0) return 0
  return Math.sign(value) * Math.min(most, Math.floor(Math.abs(value / scale) + 0.5))
}

const scaledSquares = (squares: number, scale: number) => fround(fround(fround(squares) * scale) * scale)
