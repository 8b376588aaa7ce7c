/** @file Exhaustive search over packed rows: products with what was kept, and nothing wider beside it in memory. */

import { allBut } from './all-but.ts'
import { LocalSearch } from './local-search.ts'
import type { Neighbours } from './neighbours.ts'
import { openRows, type PackedRows } from './packed-rows.ts'
import { VectorTable } from './vector-table.ts'

/** @returns the k rows with the largest products, ties to the smaller row */
export type PackedSearch = (query: Float32Array, k: number, excluded?: ArrayLike<number>) => Neighbours

/** Not re-entrant. */
export function openPackedSearch(rows: PackedRows): PackedSearch {
  const { count, dim, format } = rows
  const table = new VectorTable({ dim, format, metric: 'inner-product' })
  table.reserve(count)
  const rowAt = openRows(rows)
  for (let row = 0; row < count; row++) table.set(row, rowAt(row))
  const search = new LocalSearch(table)
  return (query, k, excluded = []) => {
    if (k <= 0 || count === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) }
    const allowed = excluded.length > 0 ? allBut(excluded, count) : undefined
    const [found] = search.search({ queries: query, k: Math.min(k, count), allowed })
    return found!
  }
}
