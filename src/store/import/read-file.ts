/** @file A file of any format as batches of selected rows: opened, its columns found, read on from a place. */

import { createReadStream } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import { InvalidFileError, UnavailableError } from '../../base/errors.ts'
import {
  type BlockFiles,
  type BlockFormat,
  literal,
  literalPath,
  type ParsedRows,
  parseBlock,
} from './parse-block.ts'
import { type Dialect, findRecordEnd, MAX_RECORD, type Place, RecordSplitter } from './split-records.ts'

export const FILE_FORMATS = ['csv', 'jsonl', 'parquet'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** Rows that were read together and are written together. */
export interface Batch extends ParsedRows {
  /** Where reading goes on. In Parquet files `offset` counts rows. */
  next: Place
}

/** An open file: what its columns are called, and how their texts are selected. */
export interface SourceFile {
  columns: readonly string[]
  /** SQL for the text of a column. */
  text(position: number): string
  /** SQL that is null for a row that is no record at all; null when every row is one. */
  isRow: string | null
  /** Of all rows, in the unit of `Place.offset`; undefined when unknown. */
  size?: number
  /** Where the first row stands. */
  start: Place
  /** @param select see `SelectedFields`; rows come in file order */
  batches(select: string, from: Place, blockBytes: number): AsyncIterable<Batch>
}

/** Bytes that travel to DuckDB at once: enough to be efficient, little enough to hold two. */
export const DEFAULT_BLOCK_BYTES = 4 << 20
const LF = 10
/** Bytes that are read at once. */
const PIECE = 1 << 20
/** Rows of Parquet files are not written one after another; this stands for their length in a block. */
const PARQUET_ROW_BYTES = 64
const COMPRESSED = /\.gz$/i
/** Refused in a line of JSON (it would be written as an escape), so that no line is cut at it. */
const NEVER = '\u0001'

export function formatOf(path: string): FileFormat {
  const name = path.replace(COMPRESSED, '').toLowerCase()
  if (/\.(csv|tsv|txt)$/.test(name)) return 'csv'
  if (/\.(jsonl|ndjson|json)$/.test(name)) return 'jsonl'
  if (name.endsWith('.parquet')) return 'parquet'
  throw new InvalidFileError(path, 'has a name that does not tell its format', {
    hint: 'use .csv, .tsv, .jsonl (each also with .gz) or .parquet, or give --format',
  })
}

/** @throws InvalidFileError when the file cannot be read as what its name says */
export async function openSource(
  connection: DuckDBConnection,
  blocks: BlockFiles,
  path: string,
  format: FileFormat,
  delimiter: string | null,
  wanted: readonly string[],
): Promise<SourceFile> {
  if (format === 'parquet') return openParquet(connection, path)
  if (format === 'jsonl') return openJsonLines(connection, blocks, path, wanted)
  return openCsv(connection, blocks, path, delimiter ?? (/\.tsv(\.gz)?$/i.test(path) ? '\t' : ','))
}

async function openCsv(
  connection: DuckDBConnection,
  blocks: BlockFiles,
  path: string,
  delimiter: string,
): Promise<SourceFile> {
  const dialect: Dialect = { delimiter: delimiter.charCodeAt(0), quote: '"'.charCodeAt(0) }
  const { header, start } = await readHeader(path, dialect)
  await writeFile(blocks.path, header)
  const row = await connection
    .run(
      `select * from read_csv(${literalPath(blocks.path)}, header = false, all_varchar = true, skip = 0, ` +
        `delim = ${literal(delimiter)}, quote = '"', escape = '"', compression = 'none')`,
    )
    .then((result) => result.getRows())
    .catch((cause) => {
      throw new InvalidFileError(path, `has no readable header: ${firstLine(cause)}`, { cause })
    })
  const columns = (row[0] ?? []).map((name) => String(name ?? '').trim())
  const format = { columns: columns.length, delimiter, quote: '"' }
  return {
    columns,
    text: (position) => `c${position}`,
    isRow: null,
    size: await plainSize(path),
    start,
    batches: (select, from, blockBytes) =>
      readBlocks(connection, blocks, path, dialect, { ...format, select }, from, blockBytes),
  }
}

async function openJsonLines(
  connection: DuckDBConnection,
  blocks: BlockFiles,
  path: string,
  wanted: readonly string[],
): Promise<SourceFile> {
  const dialect: Dialect = { delimiter: 0, quote: null }
  const format = { columns: 1, delimiter: NEVER, quote: '' }
  const isObject = `case when json_valid(c0) then case when json_type(c0) = 'OBJECT' then c0 end end`
  const bom = await readStart(path, 3)
  return {
    columns: wanted,
    text: (position) => `json_extract_string(${isObject}, ${literal(pointer(wanted[position]!))})`,
    isRow: isObject,
    size: await plainSize(path),
    start: { offset: startsWithMark(bom) ? 3 : 0, line: 1 },
    batches: (select, from, blockBytes) =>
      readBlocks(connection, blocks, path, dialect, { ...format, select }, from, blockBytes),
  }
}

async function openParquet(connection: DuckDBConnection, path: string): Promise<SourceFile> {
  const scan = `read_parquet(${literalPath(path)})`
  const fail = (cause: unknown): never => {
    throw new InvalidFileError(path, `is not readable as Parquet: ${firstLine(cause)}`, { cause })
  }
  const described = await connection.run(`describe select * from ${scan}`).catch(fail)
  const columns = (await described.getRows()) as [name: string, type: string][]
  const counted = await connection.run(`select count(*)::double from ${scan}`).catch(fail)
  const [[size]] = (await counted.getRows()) as [[number]]
  return {
    columns: columns.map(([name]) => name),
    text(position) {
      const [name, type] = columns[position]!
      const column = `"${name.replaceAll('"', '""')}"`
      return /\[|STRUCT|MAP/.test(type) ? `to_json(${column})::varchar` : `${column}::varchar`
    },
    isRow: null,
    size,
    start: { offset: 0, line: 1 },
    async *batches(select, from, blockBytes) {
      const most = Math.max(1, Math.round(blockBytes / PARQUET_ROW_BYTES))
      for (let { offset } = from; offset < size; ) {
        const end = Math.min(size, offset + most)
        const rows = await connection
          .run(
            `select ${select} from read_parquet(${literalPath(path)}, file_row_number = true) ` +
              `where file_row_number >= ${offset} and file_row_number < ${end} order by file_row_number`,
          )
          .catch(fail)
        const first = offset + 1
        const lines = Array.from({ length: end - offset }, (_, row) => first + row)
        offset = end
        yield { chunks: await rows.fetchAllChunks(), lines, faults: [], next: { offset, line: end + 1 } }
      }
    },
  }
}

/** Blocks of a text file, the next one being parsed in DuckDB's threads while the caller stores this one. */
async function* readBlocks(
  connection: DuckDBConnection,
  blocks: BlockFiles,
  path: string,
  dialect: Dialect,
  format: BlockFormat,
  from: Place,
  blockBytes: number,
): AsyncGenerator<Batch> {
  const splitter = new RecordSplitter(dialect, from)
  const chunks = chunksOf(path, from.offset, blockBytes)
  const read = async (): Promise<Batch | null> => {
    const { value } = await chunks.next()
    if (!value) return null
    const block = splitter.push(value.bytes, value.isLast)
    const parsed = await parseBlock(connection, blocks.path, format, block)
    return { ...parsed, faults: [...block.faults, ...parsed.faults], next: block.next }
  }
  try {
    for (let coming = read(); ; ) {
      const batch = await coming
      if (!batch) return
      coming = read()
      // Whoever stops early must not leave an unhandled failure behind.
      coming.catch(() => {})
      yield batch
    }
  } finally {
    await chunks.return(undefined)
  }
}

/** The bytes of a file from an offset, unpacked, in pieces of about a block; exactly one piece is the last. */
async function* chunksOf(
  path: string,
  from: number,
  blockBytes: number,
): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of bytesOf(path, from, blockBytes)) {
      if (length >= blockBytes) {
        yield { bytes: Buffer.concat(pieces), isLast: false }
        pieces = []
        length = 0
      }
      pieces.push(piece)
      length += piece.length
    }
  } catch (cause) {
    throw new InvalidFileError(path, `cannot be read to its end: ${firstLine(cause)}`, { cause })
  }
  yield { bytes: Buffer.concat(pieces), isLast: true }
}

async function* bytesOf(path: string, from: number, blockBytes = PIECE): AsyncGenerator<Buffer> {
  if (!COMPRESSED.test(path)) {
    yield* createReadStream(path, { start: from, highWaterMark: Math.min(PIECE, blockBytes) })
    return
  }
  const file = createReadStream(path, { highWaterMark: PIECE })
  const gunzip = createGunzip({ chunkSize: PIECE })
  file.on('error', (error) => gunzip.destroy(error))
  file.pipe(gunzip)
  let skip = from
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      if (skip < piece.length) yield piece.subarray(skip)
      skip = Math.max(0, skip - piece.length)
    }
  } finally {
    file.destroy()
  }
}

/** The bytes of the header row, and where the rows start. */
async function readHeader(path: string, dialect: Dialect): Promise<{ header: Buffer; start: Place }> {
  const bytes = await readStart(path, MAX_RECORD + 3)
  let at = startsWithMark(bytes) ? 3 : 0
  let line = 1
  while (bytes[at] === LF || (bytes[at] === 13 && bytes[at + 1] === LF)) {
    at += bytes[at] === LF ? 1 : 2
    line++
  }
  if (at >= bytes.length)
    throw new InvalidFileError(path, 'is empty', { hint: 'its first row must name the columns' })
  const { kind, end } = findRecordEnd(bytes, at, dialect, true)
  const header = bytes.subarray(at, end)
  if (kind !== 'whole' || header.length >= MAX_RECORD)
    throw new InvalidFileError(path, 'has a first row that is no header', {
      hint: 'it must name the columns',
    })
  if (header.includes(0)) {
    throw new InvalidFileError(path, 'is no UTF-8 text', {
      hint: 'its first row has NUL bytes: is it UTF-16, or packed?',
    })
  }
  for (let k = at; k < end; k++) if (bytes[k] === LF) line++
  return { header, start: { offset: Math.min(end + 1, bytes.length), line: line + 1 } }
}

async function readStart(path: string, most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of bytesOf(path, 0)) {
      pieces.push(piece)
      length += piece.length
      if (length >= most) break
    }
  } catch (cause) {
    throw new InvalidFileError(path, `cannot be read: ${firstLine(cause)}`, { cause })
  }
  return Buffer.concat(pieces).subarray(0, most)
}

async function plainSize(path: string): Promise<number | undefined> {
  if (COMPRESSED.test(path)) return undefined
  const file = await open(path)
  try {
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/** @throws InvalidFileError for addresses, folders and files that are not there */
export async function checkPath(path: string): Promise<void> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw new InvalidFileError(path, 'is an address, not a file', { hint: 'download it first' })
  }
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new InvalidFileError(path, 'is not there', { cause })
    throw new UnavailableError(`${basename(path)} cannot be opened: ${cause.message}`, undefined, cause)
  })
  try {
    const found = await file.stat()
    if (!found.isFile())
      throw new InvalidFileError(path, found.isDirectory() ? 'is a folder' : 'is no regular file')
  } finally {
    await file.close()
  }
}

/** A column's name as a JSON pointer. */
const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The byte order mark that some programs put before UTF-8. */
const startsWithMark = (bytes: Buffer) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

const firstLine = (error: unknown) => (error as Error).message.split('\n')[0]
