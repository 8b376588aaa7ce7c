/**
 * @file Artefacts on disk: named little-endian arrays and one JSON value behind a documented header.
 *
 * Layout, all integers little-endian:
 *   bytes 0–7    "LABRARR1"
 *   bytes 8–11   length H of the JSON header, uint32
 *   bytes 12–    the header: { meta, arrays: [{ name, type, length, offset }] }, UTF-8, `offset` from byte D
 *   byte D       (12 + H rounded up to 64) the arrays, each starting at a multiple of 64
 */

import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { replaceFile } from './atomic-file.ts'
import { DamagedArtefactError } from './errors.ts'
import type { NumericArray } from './shared.ts'

/** What a fit leaves behind: arrays by name, and everything small as JSON. */
export interface Artefact {
  arrays: Record<string, NumericArray>
  meta: Record<string, unknown>
}

interface ArrayEntry {
  name: string
  type: string
  length: number
  offset: number
}

const MAGIC = 'LABRARR1'
const ALIGNMENT = 64
const HEADER_LIMIT = 64 * 1024 * 1024
const CHUNK = 64 * 1024 * 1024

const constructors = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const

/** Writes an artefact atomically. */
export async function writeArtefact(path: string, artefact: Artefact): Promise<void> {
  requireLittleEndian()
  let offset = 0
  const entries: ArrayEntry[] = []
  for (const [name, array] of Object.entries(artefact.arrays)) {
    entries.push({ name, type: typeName(array), length: array.length, offset })
    offset = roundUp(offset + array.byteLength)
  }
  const header = Buffer.from(JSON.stringify({ meta: artefact.meta, arrays: entries }))
  const prefix = Buffer.alloc(roundUp(12 + header.length))
  prefix.write(MAGIC)
  prefix.writeUInt32LE(header.length, 8)
  header.copy(prefix, 12)
  await replaceFile(path, async (temporary) => {
    const file = await open(temporary, 'wx')
    try {
      await writeAt(file, prefix, 0)
      for (const entry of entries) {
        const array = artefact.arrays[entry.name]!
        await writeAt(
          file,
          new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
          prefix.length + entry.offset,
        )
      }
      await file.truncate(prefix.length + offset)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/** Reads an artefact into shared memory; every length and offset is checked before anything is allocated. */
export async function readArtefact(path: string): Promise<Artefact> {
  requireLittleEndian()
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const start = Buffer.alloc(12)
    if (
      size < 12 ||
      (await file.read(start, 0, 12, 0)).bytesRead < 12 ||
      start.toString('latin1', 0, 8) !== MAGIC
    ) {
      throw new DamagedArtefactError(path, 'not a Labrador array file')
    }
    const headerLength = start.readUInt32LE(8)
    if (headerLength > HEADER_LIMIT || 12 + headerLength > size) {
      throw new DamagedArtefactError(path, 'header is cut off')
    }
    const headerBytes = Buffer.alloc(headerLength)
    await file.read(headerBytes, 0, headerLength, 12)
    const header = parseHeader(path, headerBytes)
    const base = roundUp(12 + headerLength)
    const arrays: Record<string, NumericArray> = {}
    for (const entry of header.arrays) arrays[entry.name] = await readArray(file, path, entry, base, size)
    return { arrays, meta: header.meta }
  } finally {
    await file.close()
  }
}

async function readArray(file: FileHandle, path: string, entry: ArrayEntry, base: number, size: number) {
  const Constructor = constructors[entry.type as keyof typeof constructors]
  const bytes = Constructor ? entry.length * Constructor.BYTES_PER_ELEMENT : Number.NaN
  const valid = Number.isSafeInteger(entry.length) && entry.length >= 0 && Number.isSafeInteger(entry.offset)
  if (!Constructor || !valid || entry.offset < 0 || base + entry.offset + bytes > size) {
    throw new DamagedArtefactError(path, `array "${entry.name}" is cut off or of an unknown type`)
  }
  const buffer = new SharedArrayBuffer(bytes)
  const target = new Uint8Array(buffer)
  for (let at = 0; at < bytes; ) {
    const wanted = Math.min(CHUNK, bytes - at)
    const { bytesRead } = await file.read(target, at, wanted, base + entry.offset + at)
    if (bytesRead === 0) throw new DamagedArtefactError(path, `array "${entry.name}" is cut off`)
    at += bytesRead
  }
  return new (Constructor as new (shared: SharedArrayBuffer) => NumericArray)(buffer)
}

function parseHeader(path: string, bytes: Buffer): { meta: Record<string, unknown>; arrays: ArrayEntry[] } {
  try {
    const header = JSON.parse(bytes.toString('utf8'))
    if (!Array.isArray(header.arrays) || typeof header.meta !== 'object') throw new Error('fields missing')
    return header
  } catch (cause) {
    throw new DamagedArtefactError(path, `header is not readable (${(cause as Error).message})`)
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const part = bytes.subarray(at, Math.min(at + CHUNK, bytes.length))
    const { bytesWritten } = await file.write(part, 0, part.length, position + at)
    at += bytesWritten
  }
}

function typeName(array: NumericArray): string {
  for (const [name, Constructor] of Object.entries(constructors))
    if (array instanceof Constructor) return name
  throw new TypeError('not a numeric array')
}

const roundUp = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/** Arrays are written as they lie in memory. */
export function requireLittleEndian(): void {
  if (endianness() !== 'LE')
    throw new DamagedArtefactError('this machine', 'big-endian machines are not supported')
}
