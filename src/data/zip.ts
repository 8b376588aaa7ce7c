/** @file Reads zip archives of public datasets (PKWARE APPNOTE 6.3, sections 4.3.12 and 4.3.16): stored and deflated entries. */

import { crc32, inflateRawSync } from 'node:zlib'
import { InvalidFileError } from '../base/errors.ts'

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_LENGTH = 22
const ENTRY_LENGTH = 46
const LOCAL_LENGTH = 30
const STORED = 0
const DEFLATED = 8

/**
 * The entries of an archive by their path, each inflated and checked when it is asked for.
 *
 * @param file name for error messages
 * @throws InvalidFileError when the archive is damaged, encrypted, or larger than 4 GiB (zip64)
 */
export function readZip(file: string, archive: Buffer): Map<string, () => Buffer> {
  const end = findEnd(archive)
  if (end < 0) throw new InvalidFileError(file, 'is not a zip archive, or is cut off')
  const entries = new Map<string, () => Buffer>()
  let at = archive.readUInt32LE(end + 16)
  for (let k = archive.readUInt16LE(end + 10); k > 0; k--) {
    if (at + ENTRY_LENGTH > end || archive.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw new InvalidFileError(file, 'its directory is damaged')
    }
    const entry = {
      encrypted: (archive.readUInt16LE(at + 8) & 1) !== 0,
      method: archive.readUInt16LE(at + 10),
      checksum: archive.readUInt32LE(at + 16),
      packed: archive.readUInt32LE(at + 20),
      length: archive.readUInt32LE(at + 24),
      start: archive.readUInt32LE(at + 42),
    }
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + ENTRY_LENGTH, at + ENTRY_LENGTH + nameLength)
    entries.set(name, () => inflate(file, name, archive, entry))
    at += ENTRY_LENGTH + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return entries
}

interface Entry {
  encrypted: boolean
  method: number
  checksum: number
  packed: number
  length: number
  start: number
}

function inflate(file: string, name: string, archive: Buffer, entry: Entry): Buffer {
  const damaged = (problem: string) => new InvalidFileError(file, `${name} ${problem}`)
  if (entry.encrypted || (entry.method !== STORED && entry.method !== DEFLATED)) {
    throw damaged('is packed in a way that cannot be read')
  }
  const { start } = entry
  if (start + LOCAL_LENGTH > archive.length || archive.readUInt32LE(start) !== LOCAL_SIGNATURE) {
    throw damaged('is not where the directory says')
  }
  const data = start + LOCAL_LENGTH + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28)
  const packed = archive.subarray(data, data + entry.packed)
  let content: Buffer
  try {
    content = entry.method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: entry.length + 1 })
  } catch (cause) {
    throw new InvalidFileError(file, `${name} is damaged`, { cause })
  }
  if (content.length !== entry.length || crc32(content) !== entry.checksum) throw damaged('is damaged')
  return content
}

/** The end record stands last, before a comment of at most 64 kB. */
function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_LENGTH - 0xffff)
  for (let at = archive.length - END_LENGTH; at >= first; at--) {
    if (archive.readUInt32LE(at) === END_SIGNATURE) return at
  }
  return -1
}
