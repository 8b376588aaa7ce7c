/** @file Stored rows back as vectors of float32. */

import { INT4_GROUP, INT4_OFFSET } from './encode.ts'
import { fromHalf } from './half.ts'
import { isInteger, type TableLayout } from './table-layout.ts'
import type { SegmentView } from './table-memory.ts'

/** @param address of the block @param within row of the block @param out length dim */
export function decodeRow(
  layout: TableLayout,
  { bytes, float32 }: SegmentView,
  address: number,
  within: number,
  out: Float32Array,
): void {
  const { shape, stride, rowsAt, scalesAt } = layout
  if (shape.format === 'float32') {
    const at = (address + rowsAt + within * stride) / 4
    for (let j = 0; j < shape.dim; j++) out[j] = float32[at + j]
    return
  }
  const scale = isInteger(shape.format) ? float32[(address + scalesAt) / 4 + within] : 1
  const row = bytes.subarray(address + rowsAt + within * stride, address + rowsAt + (within + 1) * stride)
  for (let j = 0; j < shape.dim; j++) out[j] = scale * storedValue(layout, row, j)
}

/** The j-th value of a row without its scale. */
export function storedValue({ shape }: TableLayout, row: Uint8Array, j: number): number {
  switch (shape.format) {
    case 'float32':
      floatBytes.set(row.subarray(4 * j, 4 * j + 4))
      return float[0]
    case 'float16':
      return fromHalf(row[2 * j] | (row[2 * j + 1] << 8))
    case 'int8':
      return (row[j] << 24) >> 24
    case 'int4': {
      const within = j % INT4_GROUP
      const byte = row[(j - within) / 2 + (within % 16)]
      return ((within < 16 ? byte : byte >> 4) & 15) - INT4_OFFSET
    }
    case 'binary':
      return (row[j >> 3] >> (j & 7)) & 1 ? 1 : -1
  }
}

const float = new Float32Array(1)
const floatBytes = new Uint8Array(float.buffer)
