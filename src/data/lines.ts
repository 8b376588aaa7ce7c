/** @file Text files line by line, plain or gzip, in batches so that a million lines cost no million awaits. */

import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { InvalidFileError, InvalidRowError } from '../base/errors.ts'

/** The encodings that public datasets come in. */
export type Encoding = 'utf-8' | 'latin1'

const CHUNK = 1 << 20

/** A batch of lines without their ends; `first` is the 1-based number of its first line. */
export interface LineBatch {
  lines: string[]
  first: number
}

/**
 * @param path read through gunzip when it ends in .gz
 * @throws InvalidFileError when the file cannot be read, is cut off, or is not in the encoding
 */
export async function* readLines(path: string, encoding: Encoding = 'utf-8'): AsyncGenerator<LineBatch> {
  // latin1 as WHATWG defines it is windows-1252; both agree on every letter that occurs in the datasets.
  const decoder = new TextDecoder(encoding, { fatal: encoding === 'utf-8' })
  let rest = ''
  let first = 1
  try {
    for await (const chunk of bytesOf(path)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop()!
      if (lines.length === 0) continue
      yield { lines: lines.map(withoutReturn), first }
      first += lines.length
    }
    rest += decoder.decode()
  } catch (cause) {
    throw new InvalidFileError(path, `cannot be read after line ${first - 1}: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (rest !== '') yield { lines: [withoutReturn(rest)], first }
}

/** All lines of a small file. */
export async function allLines(path: string, encoding: Encoding = 'utf-8'): Promise<string[]> {
  const all: string[] = []
  for await (const { lines } of readLines(path, encoding)) all.push(...lines)
  return all
}

/** A dataset's file as it lies in the folder: packed, or where that is missing, plain. */
export function gzipOrPlain(folder: string, name: string): string {
  const packed = join(folder, `${name}.gz`)
  return existsSync(packed) ? packed : join(folder, name)
}

/**
 * @param line 1-based, for the error message
 * @throws InvalidRowError when the text is not a whole number ≥ 0
 */
export function wholeNumber(text: string | undefined, file: string, line: number, field: string): number {
  const value = text ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidRowError({ file, line, field, value: text, expected: 'a whole number' })
}

function bytesOf(path: string): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK })
  if (!path.endsWith('.gz')) return file
  const gunzip = createGunzip({ chunkSize: CHUNK })
  file.on('error', (error) => gunzip.destroy(error))
  return file.pipe(gunzip)
}

const withoutReturn = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line)
