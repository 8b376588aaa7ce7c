/** @file Rows of a matrix in one of a table's formats, in plain arrays: what snapshots keep. */

import { toShared } from '../base/shared.ts'
import { storedValue } from './decode.ts'
import { type Encoded, rowEncoder } from './encode.ts'
import { type Format, isInteger, layoutOf, type TableLayout } from './table-layout.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from './vector-matrix.ts'

export interface PackedRows {
  readonly count: number
  readonly dim: number
  readonly format: Format
  /** Row after row as a table stores them, see `table-layout.ts`. */
  readonly bytes: Uint8Array
  /** One per row; formats of integers only. */
  readonly scales?: Float32Array
}

/** Rows as they are, or packed. */
export type KeptRows = VectorMatrix | PackedRows

export const isPacked = (rows: KeptRows): rows is PackedRows => 'bytes' in rows

const layoutFor = (dim: number, format: Format) => layoutOf({ dim, format, metric: 'inner-product' })

/** @throws InvalidOptionError when a value does not fit the format */
export function packRows(rows: VectorMatrix, format: Format): PackedRows {
  const { count, dim } = rows
  const layout = layoutFor(dim, format)
  const encode = rowEncoder(layout)
  const encoded: Encoded = { bytes: new Uint8Array(layout.stride), scale: 1, norm: 0 }
  const bytes = new Uint8Array(count * layout.stride)
  const scales = new Float32Array(count)
  for (let row = 0; row < count; row++) {
    encode(vectorAt(rows, row), encoded)
    bytes.set(encoded.bytes, row * layout.stride)
    scales[row] = encoded.scale
  }
  const packed = { count, dim, format, bytes: toShared(bytes) }
  return isInteger(format) ? { ...packed, scales: toShared(scales) } : packed
}

/** @returns a function from a row to its vector: a view where rows are not packed, else one of its own */
export function openRows(rows: KeptRows): (row: number) => Float32Array {
  if (!isPacked(rows)) return (row) => vectorAt(rows, row)
  const layout = layoutFor(rows.dim, rows.format)
  return (row) => unpack(rows, layout, row, new Float32Array(rows.dim))
}

/** All rows as numbers again; the same matrix where they were not packed. */
export function unpackRows(rows: KeptRows): VectorMatrix {
  if (!isPacked(rows)) return rows
  const layout = layoutFor(rows.dim, rows.format)
  const matrix = vectorMatrix(rows.count, rows.dim)
  for (let row = 0; row < rows.count; row++) unpack(rows, layout, row, vectorAt(matrix, row))
  return matrix
}

function unpack(
  { bytes, scales }: PackedRows,
  layout: TableLayout,
  row: number,
  out: Float32Array,
): Float32Array {
  const { stride } = layout
  const stored = bytes.subarray(row * stride, (row + 1) * stride)
  const scale = scales?.[row] ?? 1
  for (let j = 0; j < out.length; j++) out[j] = scale * storedValue(layout, stored, j)
  return out
}
