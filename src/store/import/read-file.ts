/** @file A file of any format as batches of selected rows: opened, its columns found, read on from a place. */

import { writeFile } from 'node:fs/promises'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { InvalidFileError } from '../../base/errors.ts'
import {
  COMPRESSED,
  chunksOf,
  firstLine,
  plainSize,
  readHeader,
  readStart,
  startsWithMark,
} from './file-bytes.ts'
import {
  type BlockFiles,
  type BlockFormat,
  literal,
  literalPath,
  type ParsedRows,
  parseBlock,
} from './parse-block.ts'
import { type Dialect, type Place, RecordSplitter } from './split-records.ts'

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
/** Rows of Parquet files are not written one after another; this stands for their length in a block. */
const PARQUET_ROW_BYTES = 64
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
      const result = await connection
        .stream(
          `select ${select} from read_parquet(${literalPath(path)}, file_row_number = true) ` +
            `where file_row_number >= ${from.offset}`,
        )
        .catch(fail)
      let chunks: DuckDBDataChunk[] = []
      let { offset } = from
      let rows = 0
      const batchOf = (): Batch => {
        const first = offset + 1
        const lines = Array.from({ length: rows }, (_, row) => first + row)
        offset += rows
        return { chunks, lines, faults: [], next: { offset, line: offset + 1 } }
      }
      for (;;) {
        const chunk = await result.fetchChunk().catch(fail)
        if (!chunk || chunk.rowCount === 0) break
        if (rows > 0 && rows + chunk.rowCount > most) {
          yield batchOf()
          chunks = []
          rows = 0
        }
        chunks.push(chunk)
        rows += chunk.rowCount
      }
      yield batchOf()
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
  let coming = read()
  try {
    for (;;) {
      const batch = await coming
      if (!batch) return
      coming = read()
      // Where the caller stops early, a failure of the block ahead concerns nobody.
      coming.catch(() => null)
      yield batch
    }
  } finally {
    await coming.catch(() => null)
    await chunks.return(undefined)
  }
}

/** A column's name as a JSON pointer. */
const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
