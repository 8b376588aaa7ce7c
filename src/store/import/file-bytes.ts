/** @file The bytes of a file to import, unpacked: in blocks from any place, its header, and whether it is a file at all. */

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import { InvalidFileError, UnavailableError } from '../../base/errors.ts'
import { type Dialect, findRecordEnd, MAX_RECORD, type Place } from './split-records.ts'

/** Files of this name are read through gunzip. */
export const COMPRESSED = /\.gz$/i
/** Bytes that are read at once. */
const PIECE = 1 << 20
const LF = 10
const CR = 13

/** The bytes of a file from an offset, unpacked, in pieces of about a block; exactly one piece is the last. */
export async function* chunksOf(
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
export async function readHeader(path: string, dialect: Dialect): Promise<{ header: Buffer; start: Place }> {
  const bytes = await readStart(path, MAX_RECORD + 3)
  let at = startsWithMark(bytes) ? 3 : 0
  let line = 1
  while (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) {
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

export async function readStart(path: string, most: number): Promise<Buffer> {
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

export async function plainSize(path: string): Promise<number | undefined> {
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

/** The byte order mark that some programs put before UTF-8. */
export const startsWithMark = (bytes: Buffer) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

export const firstLine = (error: unknown) => (error as Error).message.split('\n')[0]
