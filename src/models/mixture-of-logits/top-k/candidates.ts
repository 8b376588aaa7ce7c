/**
 * @file Which items the mixture need score at all: the approximations of Ding and Zhai 2024, "Efficient retrieval with
 * learned similarities", section 4. Each gives a set of items in ascending order.
 */

import type { ComponentTables } from './component-tables.ts'

/** TopKPerEmbedding: for each pair of a user's vector and an item's, the n best items by that pair alone. */
export function perEmbedding(tables: ComponentTables, user: Float32Array, n: number): Uint32Array {
  const found = Array.from({ length: tables.vectors }, (_, m) => tables.nearest(m, user, n)).flat()
  return union(
    found.map(({ items }) => items),
    tables.items,
  )
}

/** TopKAvg: the n best items by the mean over all pairs. */
export function averaged(tables: ComponentTables, user: Float32Array, n: number): Uint32Array {
  return tables.nearestOnAverage(user, n).items.slice().sort()
}

/** CombTopK: both, so many of each. */
export function combined(
  tables: ComponentTables,
  user: Float32Array,
  perPair: number,
  onAverage: number,
): Uint32Array {
  return union([perEmbedding(tables, user, perPair), averaged(tables, user, onAverage)], tables.items)
}

/** Distinct items in ascending order. */
function union(lists: readonly Uint32Array[], items: number): Uint32Array {
  const isIn = new Uint8Array(items)
  let count = 0
  for (const list of lists)
    for (const item of list) {
      count += 1 - isIn[item]!
      isIn[item] = 1
    }
  const all = new Uint32Array(count)
  for (let item = 0, at = 0; item < items; item++) if (isIn[item] === 1) all[at++] = item
  return all
}
