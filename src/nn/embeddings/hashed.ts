/** @file Ids that share rows by chance: any number of ids in a table of any size (Weinberger et al. 2009). */

import { type RowMapping, rowMapping } from './row-mapping.ts'

export interface HashedOptions {
  /**
   * Rows of one id, by as many hashes: with two, ids share both with probability 1 / rows², and so hardly any have the
   * same vector (Svenstrup et al. 2017). 1 when left out.
   */
  lookups?: number
  /** Different salts give different rows. */
  salt?: number
}

export function hashedRows(rows: number, { lookups = 1, salt = 0 }: HashedOptions = {}): RowMapping {
  const salts = Uint32Array.from({ length: lookups }, (_, lookup) => mixed(salt + lookup))
  // The high bits choose, so that rows need not be a power of two.
  return rowMapping(rows, lookups, (id, lookup) => Math.floor((mixed(id ^ salts[lookup]!) / 2 ** 32) * rows))
}

/** Mixes 32 bits without losing any (constants of Wellons' search for low-bias hashes). */
function mixed(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}
