/** @file Blocks of rows through DuckDB: split into columns and cast there, in DuckDB's threads; what it refuses is set aside. */

import { existsSync, readdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'
import type { RecordBlock, RecordFault } from './split-records.ts'

/** Rows of a file as typed columns; row r of `chunks` stands at line `lines[r]`. */
export interface ParsedRows {
  chunks: DuckDBDataChunk[]
  lines: number[]
  faults: RecordFault[]
}

/** How DuckDB reads a block: `columns` texts, `delimiter` as one character, `quote` empty for none. */
export interface BlockFormat {
  columns: number
  delimiter: string
  quote: string
  /** Expressions over c0, c1, …, one output column each. */
  select: string
}

const MEMORY = '512MB'
const BUFFER = 8 << 20

/** An in-memory DuckDB that touches nothing but the files it is given. */
export async function openDuckDB(): Promise<{ connection: DuckDBConnection; close(): void }> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: MEMORY,
    // Nothing is ever spilled into the working directory.
    temp_directory: '',
  })
  const connection = await instance.connect()
  await connection.run(`set autoinstall_known_extensions = false; set TimeZone = 'UTC'`)
  return {
    connection,
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Text as a literal of SQL. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Characters that DuckDB takes as a pattern of names, taken by their word. */
export const literalPath = (path: string) => literal(path.replace(/[*?[]/g, '[$&]'))

/** Tells apart the imports of one process. */
let opened = 0

/** Files that carry blocks to DuckDB: beside the store, named after their process, cleared when that is gone. */
export class BlockFiles {
  readonly path: string
  readonly #prefix: string

  constructor(storePath: string) {
    this.#prefix = `${storePath}.import-`
    this.path = `${this.#prefix}${process.pid}-${opened++}`
  }

  async removeAbandoned(): Promise<void> {
    const folder = dirname(this.#prefix)
    const prefix = basename(this.#prefix)
    const names = existsSync(folder) ? readdirSync(folder) : []
    for (const name of names) {
      if (!name.startsWith(prefix)) continue
      if (!isRunning(Number.parseInt(name.slice(prefix.length), 10)))
        await rm(join(folder, name), { force: true })
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true })
  }
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Parses a block. Rows in + faults out are all rows of the block: where DuckDB leaves one out, halves find it. */
export async function parseBlock(
  connection: DuckDBConnection,
  file: string,
  format: BlockFormat,
  block: RecordBlock,
): Promise<ParsedRows> {
  const parsed: ParsedRows = { chunks: [], lines: [], faults: [] }
  await parseRange(connection, file, format, block, 0, block.lines.length, parsed)
  return parsed
}

async function parseRange(
  connection: DuckDBConnection,
  file: string,
  format: BlockFormat,
  block: RecordBlock,
  first: number,
  end: number,
  out: ParsedRows,
): Promise<void> {
  if (first === end) return
  const start = block.starts[first]!
  await writeFile(file, block.bytes.subarray(start, block.starts[end]))
  const read = await readFormat(connection, file, format)
  const rejected = read && (await rejectedRows(connection, read.rows, block, first, end))
  if (read && rejected) {
    for (const chunk of read.chunks) out.chunks.push(chunk)
    for (let row = first; row < end; row++) {
      const expected = rejected.get(row)
      if (expected === undefined) out.lines.push(block.lines[row]!)
      else out.faults.push(faultOf(block, row, expected))
    }
    return
  }
  if (end - first === 1) {
    out.faults.push(faultOf(block, first, 'a row as the header announces it'))
    return
  }
  const middle = (first + end) >> 1
  await parseRange(connection, file, format, block, first, middle, out)
  await parseRange(connection, file, format, block, middle, end, out)
}

/** @returns null when DuckDB cannot read the file at all */
async function readFormat(
  connection: DuckDBConnection,
  file: string,
  format: BlockFormat,
): Promise<{ chunks: DuckDBDataChunk[]; rows: number } | null> {
  const columns = Array.from({ length: format.columns }, (_, at) => `'c${at}': 'VARCHAR'`)
  const quote = literal(format.quote)
  const scan =
    `read_csv(${literalPath(file)}, auto_detect = false, header = false, store_rejects = true, ` +
    `delim = ${literal(format.delimiter)}, quote = ${quote}, escape = ${quote}, new_line = '\\n', ` +
    `buffer_size = ${BUFFER}, compression = 'none', columns = {${columns.join()}})`
  await connection.run('drop table if exists reject_errors; drop table if exists reject_scans')
  try {
    const result = await connection.run(`with rows as (from ${scan}) select ${format.select} from rows`)
    const chunks = await result.fetchAllChunks()
    return { chunks, rows: chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0) }
  } catch (error) {
    if (/CSV|Invalid Input|Conversion/.test((error as Error).message)) return null
    throw error
  }
}

/** @returns what was expected in each rejected row; null when rows are missing without an explanation */
async function rejectedRows(
  connection: DuckDBConnection,
  rows: number,
  block: RecordBlock,
  first: number,
  end: number,
): Promise<Map<number, string> | null> {
  const rejected = new Map<number, string>()
  if (rows === end - first) return rejected
  const result = await connection.run(
    'select line_byte_position::double, error_type::varchar, error_message from reject_errors',
  )
  for (const [position, kind, message] of (await result.getRows()) as [number, string, string][]) {
    const row = rowAt(block.starts, block.starts[first]! + position)
    if (!rejected.has(row)) rejected.set(row, expectedBy(kind, message))
  }
  return rows + rejected.size === end - first ? rejected : null
}

function expectedBy(kind: string, message: string): string {
  const columns = /Expected Number of Columns: (\d+)/.exec(message)?.[1]
  if (columns) return `${columns} columns, as in the header`
  return kind === 'UNQUOTED VALUE' ? 'a well-formed quoted value' : kind.toLowerCase()
}

/** The row that starts at or before a byte. */
function rowAt(starts: readonly number[], byte: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= byte) low = middle
    else high = middle - 1
  }
  return low
}

function faultOf(block: RecordBlock, row: number, expected: string): RecordFault {
  const value = block.bytes.toString('utf8', block.starts[row]!, block.starts[row + 1]! - 1).slice(0, 200)
  return { line: block.lines[row]!, value, expected }
}
