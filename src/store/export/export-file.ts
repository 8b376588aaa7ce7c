/** @file Exports a store's records to CSV, JSON lines or Parquet, such that importing the file gives the same records. */

import { open } from 'node:fs/promises'
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBTableFunction,
  type DuckDBType,
  VARCHAR,
} from '@duckdb/node-api'
import { replaceFile } from '../../base/atomic-file.ts'
import { UnavailableError } from '../../base/errors.ts'
import { type Progress, silentProgress } from '../../base/progress.ts'
import { FIELDS, type RecordKind } from '../import/mapping.ts'
import { literal } from '../import/parse-block.ts'
import { type FileFormat, formatOf } from '../import/read-file.ts'
import type { Store } from '../store.ts'
import { EXPORTED_NUMBERS, type ExportedValue, rowsOf } from './exported-rows.ts'

export interface ExportSummary {
  file: string
  kind: RecordKind
  rows: number
}

/** DuckDB hands its vectors over in this size. */
const VECTOR = 2048
const LISTS = ['tags', 'items']
const OBJECTS = ['attributes', 'context']
const TIMES = ['time', 'createdAt']

/**
 * Streams all records of a kind into a file that appears when it is complete. Writers are not held up; what they add
 * meanwhile may or may not be in it.
 *
 * @param path its name tells the format: .csv, .tsv, .jsonl (each also with .gz) or .parquet
 * @throws InvalidFileError for other names, UnavailableError when the file cannot be written
 */
export async function exportFile(
  store: Store,
  kind: RecordKind,
  path: string,
  options: { format?: FileFormat; progress?: Progress } = {},
): Promise<ExportSummary> {
  const format = options.format ?? formatOf(path)
  const task = (options.progress ?? silentProgress).start(`exporting ${kind}`, store.counts()[kind])
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '1GB',
    temp_directory: '',
  })
  const connection = await instance.connect()
  let rows = 0
  const reading = rowsOf(store, kind, (done) => {
    rows = done
    task.update(done)
  })
  registerRows(connection, FIELDS[kind], reading)
  try {
    await replaceFile(path, async (temporary) => {
      await connection
        .run(
          `copy (select ${selected(kind, format)} from exported()) to ${literal(temporary)} (${writing(kind, format, path)})`,
        )
        .catch((cause) => {
          throw new UnavailableError(
            `${path} cannot be written: ${(cause as Error).message.split('\n')[0]}`,
            undefined,
            cause,
          )
        })
      const file = await open(temporary)
      await file.sync().finally(() => file.close())
    })
  } finally {
    task.end()
    connection.closeSync()
    instance.closeSync()
  }
  return { file: path, kind, rows }
}

/** Makes `exported()` a table for DuckDB, read once and in order. */
function registerRows(
  connection: DuckDBConnection,
  fields: readonly string[],
  rows: Iterator<readonly ExportedValue[]>,
): void {
  const types: DuckDBType[] = fields.map((field) => (EXPORTED_NUMBERS.includes(field) ? DOUBLE : VARCHAR))
  connection.registerTableFunction(
    DuckDBTableFunction.create({
      name: 'exported',
      parameterTypes: [],
      bindFunction(info) {
        for (const [at, field] of fields.entries()) info.addResultColumn(field, types[at]!)
      },
      initFunction() {},
      mainFunction(_info, output) {
        const batch: (readonly ExportedValue[])[] = []
        while (batch.length < VECTOR) {
          const next = rows.next()
          if (next.done) break
          batch.push(next.value)
        }
        output.rowCount = batch.length
        if (batch.length === 0) return
        for (let at = 0; at < fields.length; at++) {
          output.setColumnValues(
            at,
            batch.map((row) => row[at]!),
          )
        }
      },
    }),
  )
}

/** Lists and objects are nested where the format can nest; times are ISO 8601 in text. */
function selected(kind: RecordKind, format: FileFormat): string {
  const columns = FIELDS[kind].map((field) => {
    const column = `"${field}"`
    if (TIMES.includes(field)) {
      const stamp = `make_timestamp_ms(${column}::bigint)`
      return `${format === 'parquet' ? stamp : `strftime(${stamp}, '%Y-%m-%dT%H:%M:%S.%gZ')`} as ${column}`
    }
    if (LISTS.includes(field) && format === 'parquet')
      return `from_json(${column}, '["VARCHAR"]') as ${column}`
    if (field === 'hidden' && format !== 'csv') return `${column}::boolean as ${column}`
    const isNested = LISTS.includes(field) || OBJECTS.includes(field)
    return isNested && format === 'jsonl' ? `${column}::json as ${column}` : column
  })
  return columns.join()
}

function writing(kind: RecordKind, format: FileFormat, path: string): string {
  if (format === 'parquet') return 'format parquet, compression zstd'
  const compression = path.endsWith('.gz') ? 'gzip' : 'none'
  if (format === 'jsonl') return `format json, compression ${compression}`
  // A text may end in a carriage return or look like a number: quoted, it comes back as it was.
  const texts = FIELDS[kind].filter((field) => !EXPORTED_NUMBERS.includes(field) && field !== 'kind')
  const quoted = texts.map(literal).join()
  const delimiter = /\.tsv(\.gz)?$/.test(path) ? '\t' : ','
  return `format csv, header, delim ${literal(delimiter)}, force_quote (${quoted}), compression ${compression}`
}
