/** @file The hold-out rule for data without times: which (user, item) pairs are test, by a hash of their ids. */

import { hashBytes } from '../base/id-table.ts'
import type { StringColumn } from '../base/string-column.ts'
import { stringAt } from '../base/string-column.ts'
import { integerId } from './order.ts'

/**
 * The key of each id modulo 2³²: the number itself where the id is a whole number, else a hash of its UTF-8 bytes.
 */
export function idKeys(ids: StringColumn): Uint32Array {
  const keys = new Uint32Array(ids.length)
  for (let k = 0; k < ids.length; k++) {
    const value = integerId(stringAt(ids, k))
    // Storing a double in a Uint32Array takes it modulo 2³², exactly.
    keys[k] = Number.isNaN(value) ? hashBytes(ids.bytes, ids.offsets[k], ids.offsets[k + 1]) : value
  }
  return keys
}

/**
 * Test pairs: `((user · 2654435761 + item · 40503) mod 2³²) mod buckets = 0`. Multiplication modulo 2³² is exact in
 * 32 bits, so that any language can repeat the rule.
 */
export function inTestBucket(user: number, item: number, buckets: number): boolean {
  return ((Math.imul(user, 2654435761) + Math.imul(item, 40503)) >>> 0) % buckets === 0
}

/** The same idea for validation inside train, with the primes of xxHash32 (Collet) so that the two are unrelated. */
export function inValidationBucket(user: number, item: number, buckets: number): boolean {
  let hash = (Math.imul(user, 2246822519) + Math.imul(item, 3266489917)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 15), 668265263)
  return ((hash ^ (hash >>> 13)) >>> 0) % buckets === 0
}
