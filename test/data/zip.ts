/** @file Writes small zip archives for tests. */

import { crc32, deflateRawSync } from 'node:zlib'

/** @param packed deflate the entries, or store them as they are */
export function writeZip(entries: Record<string, Buffer>, packed = true): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const data = packed ? deflateRawSync(content) : content
    const path = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(packed ? 8 : 0, 4)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(path.length, 22)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    common.copy(entry, 6)
    entry.writeUInt32LE(offset, 42)
    directory.push(entry, path)
    parts.push(Buffer.from('PK\x03\x04'), common, path, data)
    offset += 4 + common.length + path.length + data.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(directory.length / 2, 8)
  end.writeUInt16LE(directory.length / 2, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, listing, end])
}
