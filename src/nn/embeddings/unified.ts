/**
 * @file One table for all features (Coleman et al. 2023, "unified embedding"): each hashes with a salt of its own, so that
 * ids of different features share rows, which the next layer's weights tell apart, and no feature needs a size.
 */

import { hashText } from '../../base/id-table.ts'
import { hashedRows } from './hashed.ts'
import type { RowMapping } from './row-mapping.ts'

/**
 * @param features look-ups by the name of a feature, from which its salt follows
 * @returns for each feature, its rows in the one table
 */
export function unifiedRows<Name extends string>(
  rows: number,
  features: Readonly<Record<Name, number>>,
): Record<Name, RowMapping> {
  const mappings = Object.entries<number>(features).map(([name, lookups]) => [
    name,
    hashedRows(rows, { lookups, salt: hashText(name) }),
  ])
  return Object.fromEntries(mappings) as Record<Name, RowMapping>
}
