/**
 * @file Vector tables on disk: a header, the blocks as they lie in memory, and checksums.
 *
 * Layout, all integers little-endian:
 *   bytes 0–7    "LABRVEC1"
 *   bytes 8–11   length H of the JSON header, uint32
 *   bytes 12–15  CRC-32 of the header, uint32
 *   bytes 16–    the header: { shape: { dim, format, metric, attributes }, rows, live, blockBytes }, UTF-8; the shape of a
 *                table with an approximation also says `approximation: true`: its planes are made anew from the blocks
 *   byte D       (16 + H rounded up to 64, zeros between) ⌈rows / 64⌉ blocks of `blockBytes`, see `table-layout.ts`; their
 *                sequences are 0
 *   at the end   CRC-32 of the blocks, uint32, and "END1"
 *
 * A table may be written to while it is saved: every block is one that was there at some moment, so no row is torn.
 */

import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { requireLittleEndian } from '../base/array-file.ts'
import { replaceFile } from '../base/atomic-file.ts'
import { DamagedArtefactError, InvalidFileError } from '../base/errors.ts'
import { ApproximationWriter } from './approximation.ts'
import { blockFault } from './block-fault.ts'
import {
  BLOCK_LIVE_AT,
  BLOCK_ROWS,
  BLOCK_SEQUENCE_AT,
  layoutOf,
  ROWS_MOST,
  SEGMENT_BYTES,
  type TableLayout,
  type TableShape,
} from './table-layout.ts'
import { Control, emptyParts, TableMemory } from './table-memory.ts'
import { VectorTable } from './vector-table.ts'

interface Header {
  shape: TableShape
  rows: number
  live: number
  blockBytes: number
}

const MAGIC = 'LABRVEC1'
const END = 'END1'
const PREFIX_BYTES = 16
const TRAILER_BYTES = 8
/** 256 columns of 4096 values each fit. */
const HEADER_MOST = 64 * 2 ** 20
const CHUNK_BYTES = 8 * 2 ** 20
const HINT = 'save the table again, or copy the file again'

/** Writes a table atomically. */
export async function saveTable(table: VectorTable, path: string): Promise<void> {
  requireLittleEndian()
  const { memory, shape, layout } = table
  const { rows } = memory
  const blocks = Math.ceil(rows / BLOCK_ROWS)
  await replaceFile(path, async (temporary) => {
    const file = await open(temporary, 'wx')
    try {
      // The header counts live rows, which may change while the blocks are written: it is written when they are.
      const room = headerBytes({ shape, rows, live: rows, blockBytes: layout.blockBytes })
      let position = room.length
      let checksum = 0
      let live = 0
      const chunk = new Uint8Array(layout.blockBytes * blocksOfChunk(layout))
      for (let block = 0; block < blocks; ) {
        const count = Math.min(blocksOfChunk(layout), blocks - block)
        const bytes = chunk.subarray(0, count * layout.blockBytes)
        for (let n = 0; n < count; n++)
          live += copyBlock(
            memory,
            block + n,
            rows,
            bytes.subarray(n * layout.blockBytes, (n + 1) * layout.blockBytes),
          )
        checksum = crc32(bytes, checksum)
        await writeAll(file, bytes, position)
        position += bytes.length
        block += count
      }
      const trailer = Buffer.alloc(TRAILER_BYTES)
      trailer.writeUInt32LE(checksum, 0)
      trailer.write(END, 4)
      await writeAll(file, trailer, position)
      await writeAll(file, headerBytes({ shape, rows, live, blockBytes: layout.blockBytes }), 0)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/**
 * Reads a table, chunk by chunk into the memory where it will stay.
 *
 * @throws InvalidFileError when there is no such file; DamagedArtefactError when it is not a table, is cut off or was changed; InsufficientMemoryError; both before
 *   memory is taken wherever the header and the file's size can tell
 */
export async function loadTable(path: string, segmentBytes = SEGMENT_BYTES): Promise<VectorTable> {
  requireLittleEndian()
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new InvalidFileError(path, 'there is no such file', { cause })
  })
  try {
    const { size } = await file.stat()
    const { header, layout, blocksAt } = await readHeader(file, path, size)
    const { rows, live, shape } = header
    const memory = new TableMemory(emptyParts(shape, segmentBytes), true)
    const blocks = Math.ceil(rows / BLOCK_ROWS)
    memory.ensure(blocks)
    const approximation = layout.approximation && new ApproximationWriter(layout)
    let checksum = 0
    let found = 0
    for (let block = 0; block < blocks; ) {
      const within = block % memory.layout.blocksPerSegment
      const count = Math.min(blocksOfChunk(layout), blocks - block, memory.layout.blocksPerSegment - within)
      const view = memory.view(block + count - 1)
      const address = memory.address(block)
      const bytes = view.bytes.subarray(address, address + count * layout.blockBytes)
      await readAll(file, path, bytes, blocksAt + block * layout.blockBytes)
      checksum = crc32(bytes, checksum)
      for (let n = 0; n < count; n++) {
        const last = Math.min(BLOCK_ROWS, rows - (block + n) * BLOCK_ROWS)
        const fault = blockFault(layout, view, address + n * layout.blockBytes, last)
        if (typeof fault === 'string') throw damaged(path, `block ${block + n}: ${fault}`)
        found += fault
        approximation?.writeBlock(
          view,
          address + n * layout.blockBytes,
          memory.plane(block + n),
          memory.planeAddress(block + n),
        )
      }
      block += count
    }
    const trailer = Buffer.alloc(TRAILER_BYTES)
    await readAll(file, path, trailer, size - TRAILER_BYTES)
    if (trailer.toString('latin1', 4) !== END) throw damaged(path, 'the end of the file is missing')
    if (trailer.readUInt32LE(0) !== checksum) throw damaged(path, 'the checksum of the blocks does not fit')
    if (found !== live) throw damaged(path, `${found} rows are live, the header says ${live}`)
    Atomics.store(memory.parts.control, Control.rows, rows)
    Atomics.store(memory.parts.control, Control.live, live)
    return new VectorTable(memory)
  } finally {
    await file.close()
  }
}

async function readHeader(
  file: FileHandle,
  path: string,
  size: number,
): Promise<{ header: Header; layout: TableLayout; blocksAt: number }> {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  if (size < PREFIX_BYTES + TRAILER_BYTES) throw damaged(path, `${size} bytes are too few for a vector table`)
  await readAll(file, path, prefix, 0)
  if (prefix.toString('latin1', 0, 8) !== MAGIC) throw damaged(path, 'this is no vector table')
  const length = prefix.readUInt32LE(8)
  const blocksAt = roundUp(PREFIX_BYTES + length)
  if (length > HEADER_MOST || blocksAt > size) throw damaged(path, `a header of ${length} bytes is too long`)
  const bytes = Buffer.alloc(length)
  await readAll(file, path, bytes, PREFIX_BYTES)
  if (crc32(bytes) !== prefix.readUInt32LE(12)) throw damaged(path, 'the checksum of the header does not fit')
  const header = parseHeader(path, bytes)
  const layout = layoutFrom(path, header)
  const blocks = Math.ceil(header.rows / BLOCK_ROWS)
  const expected = blocksAt + blocks * layout.blockBytes + TRAILER_BYTES
  if (size !== expected) throw damaged(path, `${size} bytes long, ${expected} expected`)
  return { header, layout, blocksAt }
}

function parseHeader(path: string, bytes: Buffer): Header {
  let header: Partial<Header> | null
  try {
    header = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw damaged(path, `the header is not readable (${(cause as Error).message})`)
  }
  const { shape, rows, live, blockBytes } = header ?? {}
  const isCount = (value: unknown, most: number): value is number =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
  if (typeof shape !== 'object' || shape === null) throw damaged(path, 'the header names no shape')
  if (!isCount(rows, ROWS_MOST)) throw damaged(path, `${rows} is no number of rows`)
  if (!isCount(live, rows)) throw damaged(path, `${live} is no number of live rows among ${rows}`)
  if (!isCount(blockBytes, Number.MAX_SAFE_INTEGER))
    throw damaged(path, `${blockBytes} is no size of a block`)
  return { shape, rows, live, blockBytes }
}

function layoutFrom(path: string, { shape, blockBytes }: Header): TableLayout {
  let layout: TableLayout
  try {
    layout = layoutOf(shape)
  } catch (cause) {
    throw damaged(path, (cause as Error).message)
  }
  if (layout.blockBytes !== blockBytes)
    throw damaged(path, `blocks of ${blockBytes} bytes, ${layout.blockBytes} expected`)
  return layout
}

/** As long for any number of live rows: JSON may end in spaces. */
function headerBytes({ shape, rows, live, blockBytes }: Header): Buffer {
  const { dim, format, metric, attributes = {}, approximation } = shape
  const named = { dim, format, metric, attributes, ...(approximation ? { approximation } : {}) }
  const text = JSON.stringify({ shape: named, rows, live, blockBytes })
  const json = Buffer.from(text.padEnd(text.length + `${rows}`.length - `${live}`.length))
  const bytes = Buffer.alloc(roundUp(PREFIX_BYTES + json.length))
  bytes.write(MAGIC)
  bytes.writeUInt32LE(json.length, 8)
  bytes.writeUInt32LE(crc32(json), 12)
  json.copy(bytes, PREFIX_BYTES)
  return bytes
}

/** Copies a block as it is between two writes, rows below that number only; @returns how many of them are live */
function copyBlock(memory: TableMemory, block: number, rows: number, out: Uint8Array): number {
  const view = memory.view(block)
  const address = memory.address(block)
  const at = (address + BLOCK_SEQUENCE_AT) / 4
  for (;;) {
    const sequence = Atomics.load(view.words, at)
    if (sequence & 1) continue
    out.set(view.bytes.subarray(address, address + out.length))
    if (Atomics.load(view.words, at) === sequence) break
  }
  out.fill(0, BLOCK_SEQUENCE_AT, BLOCK_SEQUENCE_AT + 4)
  let live = 0
  for (let within = 0; within < BLOCK_ROWS; within++) {
    const byte = BLOCK_LIVE_AT + (within >> 3)
    const bit = 1 << (within & 7)
    // A row that was put while the table is saved.
    if (block * BLOCK_ROWS + within >= rows) out[byte] &= ~bit
    if (out[byte] & bit) live++
  }
  return live
}

const blocksOfChunk = ({ blockBytes }: TableLayout) => Math.max(1, Math.floor(CHUNK_BYTES / blockBytes))
const roundUp = (bytes: number) => Math.ceil(bytes / 64) * 64
const damaged = (path: string, problem: string) => new DamagedArtefactError(path, problem, HINT)

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}

async function readAll(file: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, position + at)
    if (bytesRead === 0) throw damaged(path, 'the file is cut off')
    at += bytesRead
  }
}
