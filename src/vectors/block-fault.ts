/** @file What is wrong with a block that was read from a file: it could make scores that are no numbers, or wrong ones. */

import {
  BLOCK_LIVE_AT,
  BLOCK_ROWS,
  BLOCK_SEQUENCE_AT,
  isInteger,
  type TableLayout,
  VALUE_MOST,
} from './table-layout.ts'
import type { SegmentView } from './table-memory.ts'

/** Squared lengths of rows of VALUE_MOST stay below, however long. */
const NORM_MOST = 1e36
const HALF_EXPONENT = 0x7c00

/**
 * @param rows of the block that may be live
 * @returns how many rows are live, or what is wrong
 */
export function blockFault(
  layout: TableLayout,
  view: SegmentView,
  address: number,
  rows: number,
): number | string {
  const { words, float32 } = view
  if (words[(address + BLOCK_SEQUENCE_AT) / 4] !== 0) return 'its sequence is not 0'
  let live = 0
  for (let within = 0; within < BLOCK_ROWS; within++) {
    const bit = (words[(address + BLOCK_LIVE_AT) / 4 + (within >> 5)] >>> (within & 31)) & 1
    if (bit === 0) continue
    if (within >= rows) return `row ${within} is live, though there are only ${rows}`
    live++
    if (isInteger(layout.shape.format)) {
      const scale = float32[(address + layout.scalesAt) / 4 + within]
      if (!(scale >= 0 && scale <= VALUE_MOST)) return `row ${within} has the scale ${scale}`
    }
    if (layout.normsAt > 0) {
      const norm = float32[(address + layout.normsAt) / 4 + within]
      if (!(norm >= 0 && norm <= NORM_MOST)) return `row ${within} has the squared length ${norm}`
    }
    const fault = rowFault(layout, view, address + layout.rowsAt + within * layout.stride)
    if (fault) return `row ${within} ${fault}`
  }
  return live
}

function rowFault({ shape, stride }: TableLayout, view: SegmentView, at: number): string | undefined {
  const { dim, format } = shape
  const { bytes, float32 } = view
  if (format === 'float32') {
    for (let j = 0; j < dim; j++) {
      const value = float32[at / 4 + j]
      if (!(Math.abs(value) <= VALUE_MOST)) return `holds ${value}`
    }
  } else if (format === 'float16') {
    for (let j = 0; j < dim; j++)
      if (((bytes[at + 2 * j + 1] << 8) & HALF_EXPONENT) === HALF_EXPONENT) return 'holds what is no number'
  } else if (format === 'int8') {
    for (let j = 0; j < dim; j++) if (bytes[at + j] === 0x80) return 'holds −128'
  }
  for (let byte = paddingFrom(format, dim); byte < stride; byte++)
    if (bytes[at + byte] !== 0) return 'is not padded with zeros'
  if (format === 'binary' && dim % 8 > 0 && bytes[at + (dim >> 3)] >> (dim & 7) !== 0)
    return 'is not padded with zeros'
  return undefined
}

/** The first byte of a row that holds nothing; the last group of int4 may have some in between, which queries pass over. */
function paddingFrom(format: TableLayout['shape']['format'], dim: number): number {
  switch (format) {
    case 'float32':
      return 4 * dim
    case 'float16':
      return 2 * dim
    case 'int8':
      return dim
    case 'int4':
      return 16 * Math.ceil(dim / 32)
    case 'binary':
      return Math.ceil(dim / 8)
  }
}
