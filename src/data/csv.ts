/** @file Quoted CSV files, plain or gzip, through DuckDB; every field as text. */

import { stat } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { InvalidFileError } from '../base/errors.ts'
import { checkPath } from '../store/import/file-bytes.ts'

/** One row by the names in the header; empty fields are empty texts. */
export type CsvRow = Record<string, string>

/**
 * @param columns that must be there; others come along
 * @returns batches of rows in file order
 * @throws InvalidFileError when the file is not there, is not CSV or lacks a column
 */
export async function* readCsv(path: string, columns: readonly string[]): AsyncGenerator<CsvRow[]> {
  await checkPath(path)
  if ((await stat(path)).size === 0)
    throw new InvalidFileError(path, 'is empty', { hint: 'its first row must name the columns' })
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const result = await connection
      .stream(
        `SELECT * FROM read_csv($path, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')`,
        { path },
      )
      .catch((cause) => {
        throw new InvalidFileError(path, `is not readable as CSV: ${firstLine(cause)}`, { cause })
      })
    const missing = columns.find((column) => !result.columnNames().includes(column))
    if (missing) {
      throw new InvalidFileError(path, `has no column "${missing}"`, {
        field: missing,
        hint: `it has ${result.columnNames().join(', ')}`,
      })
    }
    for await (const rows of result.yieldRowObjects()) {
      for (const row of rows) for (const name in row) row[name] ??= ''
      yield rows as CsvRow[]
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const firstLine = (error: unknown) => (error as Error).message.split('\n')[0]
