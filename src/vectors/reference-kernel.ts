/** @file The plain kernel: what every other one must agree with, and what runs where no other can. */

import { BestRows, keyOf } from './best-rows.ts'
import { storedValue } from './decode.ts'
import { type FilterProgram, Operation } from './filter.ts'
import { joinLists } from './lists.ts'
import type { Scan, ScanKernel, Scanner } from './scanner.ts'
import { STEP_BYTES } from './scratch.ts'
import { BLOCK_LIVE_AT, BLOCK_ROWS, BLOCK_SEQUENCE_AT, isInteger, type TableLayout } from './table-layout.ts'
import { type SegmentView, TableMemory } from './table-memory.ts'

export const referenceKernel: ScanKernel = {
  name: 'reference',
  isAvailable: () => true,
  open(parts): Scanner {
    const memory = new TableMemory(parts, false)
    const { layout } = memory
    const { dim, format, metric } = layout.shape
    const row = new Float64Array(dim)
    const rowNumbers = new Uint32Array(BLOCK_ROWS)
    const scores: Float32Array[] = []
    const mask = new Uint32Array(2)
    const one = { rows: new Uint32Array(1), keys: new Uint32Array(1) }
    let current: Scan
    let queries: Float64Array[] = []
    let best: BestRows[] = []

    /** Scores of the rows that may be found, as they stand now. */
    function scoreBlock(view: SegmentView, address: number, block: number): number {
      for (let half = 0; half < 2; half++) {
        mask[half] = Atomics.load(view.words, (address + BLOCK_LIVE_AT) / 4 + half)
        if (current.allowed) mask[half] &= current.allowed[2 * block + half] ?? 0
      }
      if (current.filter) {
        const [low, high] = runProgram(current.filter, view, address)
        mask[0] &= low
        mask[1] &= high
      }
      let count = 0
      for (let within = 0; within < BLOCK_ROWS; within++) {
        if (((mask[within >> 5] >>> (within & 31)) & 1) === 0) continue
        readRow(layout, view, address, within, row)
        const scale = isInteger(format) ? view.float32[(address + layout.scalesAt) / 4 + within] : 1
        const norm = metric === 'l2' ? view.float32[(address + layout.normsAt) / 4 + within] : 0
        rowNumbers[count] = within
        for (let q = 0; q < queries.length; q++) {
          let sum = 0
          for (let j = 0; j < dim; j++) sum += row[j] * queries[q][j]
          const product = fround(fround(fround(sum) * scale) * current.batch.scales[q])
          scores[q][count] =
            metric === 'l2' ? fround(fround(fround(2 * product) - norm) - current.batch.norms[q]) : product
        }
        count++
      }
      return count
    }

    return {
      begin(scan) {
        current = scan
        queries = decodeQueries(layout, scan)
        while (scores.length < queries.length) scores.push(new Float32Array(BLOCK_ROWS))
        best = queries.map(() => new BestRows())
        best.forEach((rows, q) => {
          rows.begin(scan.k, scan.floors?.[q])
        })
      },

      scan(from, to) {
        for (let block = from; block < to; block++) {
          const view = memory.view(block)
          const address = memory.address(block)
          const sequenceAt = (address + BLOCK_SEQUENCE_AT) / 4
          let count = 0
          for (let before = 1; ; ) {
            before = Atomics.load(view.words, sequenceAt)
            if (before & 1) continue
            count = scoreBlock(view, address, block)
            if (Atomics.load(view.words, sequenceAt) === before) break
          }
          for (let q = 0; q < queries.length; q++)
            for (let n = 0; n < count; n++) {
              one.rows[0] = block * BLOCK_ROWS + rowNumbers[n]
              one.keys[0] = keyOf(scores[q][n])
              if (scores[q][n] > best[q].threshold) best[q].offer(one.rows, one.keys, 0, 1)
            }
        }
      },

      finish: (allocate) =>
        joinLists(
          best.map((rows) => rows.finish()),
          allocate,
        ),
      close: () => undefined,
    }
  },
}

const fround = Math.fround

function readRow(
  layout: TableLayout,
  { bytes }: SegmentView,
  address: number,
  within: number,
  out: Float64Array,
) {
  const at = address + layout.rowsAt + within * layout.stride
  const row = bytes.subarray(at, at + layout.stride)
  for (let j = 0; j < out.length; j++) out[j] = storedValue(layout, row, j)
}

function decodeQueries({ shape, queryStride }: TableLayout, { batch }: Scan): Float64Array[] {
  return Array.from({ length: batch.count }, (_, q) => {
    const bytes = batch.bytes.subarray(q * queryStride, (q + 1) * queryStride)
    if (shape.format === 'binary')
      return Float64Array.from({ length: shape.dim }, (_, j) => ((bytes[j >> 3] >> (j & 7)) & 1 ? 1 : -1))
    const values = isInteger(shape.format)
      ? new Int8Array(bytes.buffer, bytes.byteOffset, shape.dim)
      : new Float32Array(bytes.buffer, bytes.byteOffset, shape.dim)
    return Float64Array.from(values)
  })
}

/** @returns the rows of a block that a filter lets through, 32 a word */
function runProgram(
  { steps, bytes }: FilterProgram,
  { words, float64 }: SegmentView,
  address: number,
): [low: number, high: number] {
  const program = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: [number, number][] = []
  for (let step = 0; step < steps; step++) {
    const at = step * STEP_BYTES
    const column = address + program.getUint32(at + 4, true)
    switch (program.getUint32(at, true)) {
      case Operation.flags:
        stack.push([Atomics.load(words, column / 4), Atomics.load(words, column / 4 + 1)])
        break
      case Operation.range: {
        const low = program.getFloat64(at + 16, true)
        const high = program.getFloat64(at + 24, true)
        const mask: [number, number] = [0, 0]
        for (let within = 0; within < BLOCK_ROWS; within++) {
          const value = float64[column / 8 + within]
          if (value >= low && value <= high) mask[within >> 5] |= 1 << (within & 31)
        }
        stack.push(mask)
        break
      }
      case Operation.and: {
        const [low, high] = stack.pop()!
        const under = stack.pop()!
        stack.push([under[0] & low, under[1] & high])
        break
      }
      case Operation.or: {
        const [low, high] = stack.pop()!
        const under = stack.pop()!
        stack.push([under[0] | low, under[1] | high])
        break
      }
      case Operation.not: {
        const [low, high] = stack.pop()!
        stack.push([~low, ~high])
        break
      }
      case Operation.none:
        stack.push([0, 0])
        break
      default:
        stack.push([-1, -1])
    }
  }
  return stack[0]
}
