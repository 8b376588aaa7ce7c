/** @file Small tables that somebody exported: CSV or JSON lines, plain or gzip, with numbers that are checked by row. */

import { InvalidFileError, InvalidRowError } from '../base/errors.ts'
import { type CsvRow, readCsv } from './csv.ts'
import { readLines } from './lines.ts'

/** Rows by the names of their columns; every field as text, empty where there is none. */
export interface Table {
  readonly path: string
  readonly columns: readonly string[]
  readonly rows: readonly CsvRow[]
  /** 1-based line of a row; quoted line breaks and empty lines are not counted. */
  lineOf(row: number): number
}

/**
 * @param required columns that must be there
 * @throws InvalidFileError when the file cannot be read, is empty, or lacks a column
 */
export async function readTable(path: string, required: readonly string[]): Promise<Table> {
  const rows: CsvRow[] = []
  const isJson = /\.(jsonl|ndjson)(\.gz)?$/i.test(path)
  const batches = isJson ? readJsonLines(path) : readCsv(path, required)
  for await (const batch of batches) rows.push(...batch)
  if (rows.length === 0) throw new InvalidFileError(path, 'has no rows')
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const missing = required.find((column) => !columns.includes(column))
  if (missing) {
    throw new InvalidFileError(path, `has no column "${missing}"`, {
      field: missing,
      hint: `it has ${columns.join(', ')}`,
    })
  }
  return { path, columns, rows, lineOf: (row) => row + (isJson ? 1 : 2) }
}

/**
 * A column as numbers.
 *
 * @param accepts which numbers may stand there, and in words
 * @param absent what an empty field counts as; refused when left out
 * @throws InvalidRowError naming the line of the first field that is not one
 */
export function numberColumn(
  { path, rows, lineOf }: Table,
  field: string,
  accepts: { test: (value: number) => boolean; words: string } = anyNumber,
  absent?: number,
): Float64Array {
  return Float64Array.from(rows, (row, at) => {
    const text = row[field] ?? ''
    const value = text === '' ? (absent ?? Number.NaN) : Number(text)
    if (Number.isFinite(value) && accepts.test(value)) return value
    throw new InvalidRowError({
      file: path,
      line: lineOf(at),
      field,
      value: text,
      expected: accepts.words,
    })
  })
}

export const anyNumber = { test: () => true, words: 'a number' }

async function* readJsonLines(path: string): AsyncGenerator<CsvRow[]> {
  for await (const { lines, first } of readLines(path)) {
    yield lines.flatMap((line, k) => (line.trim() === '' ? [] : [rowOf(line, path, first + k)]))
  }
}

function rowOf(text: string, file: string, line: number): CsvRow {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, textOf(field)]))
    }
  } catch {
    // What is not JSON is reported as what is no object.
  }
  throw new InvalidRowError({ file, line, field: 'row', value: text, expected: 'a JSON object' })
}

const textOf = (field: unknown) => (field === null || field === undefined ? '' : String(field))
