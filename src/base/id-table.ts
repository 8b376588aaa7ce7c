/** @file External ids (strings) to dense indices and back, as a hash table over shared memory. */

import { sharedUint32 } from './shared.ts'
import { type StringColumn, StringColumnBuilder, stringAt } from './string-column.ts'

/** Dense, 0-based position of an item in the snapshot or dataset at hand. */
export type ItemIndex = number
/** Dense, 0-based position of a user. */
export type UserIndex = number
/** The id that the product's own database gives an item. */
export type ItemId = string
export type UserId = string

/** Ids in index order with an open-addressing table of index + 1 (0 = empty); load factor ≤ ½. */
export interface IdTable {
  readonly ids: StringColumn
  /** Length a power of two. */
  readonly slots: Uint32Array
}

const encoder = new TextEncoder()

/** @returns the dense index, or -1 when the id is unknown */
export function indexOfId(table: IdTable, id: string): number {
  const mask = table.slots.length - 1
  const key = encoder.encode(id)
  for (let at = hashBytes(key, 0, key.length) & mask; ; at = (at + 1) & mask) {
    const found = table.slots[at]!
    if (found === 0) return -1
    if (equals(table.ids, found - 1, key)) return found - 1
  }
}

export function idAt(table: IdTable, index: number): string {
  return stringAt(table.ids, index)
}

/** Builds a table from distinct ids. */
export function idTable(ids: Iterable<string>): IdTable {
  const builder = new StringColumnBuilder()
  for (const id of ids) builder.add(id)
  return idTableOf(builder.build())
}

/** Indexes a column of distinct ids. */
export function idTableOf(ids: StringColumn): IdTable {
  let capacity = 4
  while (capacity < ids.length * 2) capacity *= 2
  const slots = sharedUint32(capacity)
  const mask = capacity - 1
  for (let index = 0; index < ids.length; index++) {
    let at = hashBytes(ids.bytes, ids.offsets[index]!, ids.offsets[index + 1]!) & mask
    while (slots[at] !== 0) at = (at + 1) & mask
    slots[at] = index + 1
  }
  return { ids, slots }
}

/** FNV-1a with a final avalanche, so that ids that differ in their last digits spread. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let k = start; k < end; k++) hash = Math.imul(hash ^ bytes[k]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** `hashBytes` of the UTF-8 bytes of a text. */
export function hashText(text: string): number {
  const bytes = encoder.encode(text)
  return hashBytes(bytes, 0, bytes.length)
}

function equals(column: StringColumn, row: number, key: Uint8Array): boolean {
  const start = column.offsets[row]!
  if (column.offsets[row + 1]! - start !== key.length) return false
  for (let k = 0; k < key.length; k++) if (column.bytes[start + k] !== key[k]) return false
  return true
}
