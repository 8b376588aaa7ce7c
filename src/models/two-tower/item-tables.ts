/**
 * @file Tables that the rows of items are trained in: a row of its own for each item, or fewer that items share, whose sum
 * stands for an item. What items are liked for and what they say of who had them are two tables, or one for both.
 */

import { EmbeddingTable } from '../../nn/embedding-table.ts'
import { hashedRows } from '../../nn/embeddings/hashed.ts'
import { mappedBags } from '../../nn/embeddings/mapped-bags.ts'
import { quotientRemainderRows } from '../../nn/embeddings/quotient-remainder.ts'
import type { RowMapping } from '../../nn/embeddings/row-mapping.ts'
import { unifiedRows } from '../../nn/embeddings/unified.ts'
import { lengthOf, type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { setNearestRows } from './nearest-rows.ts'

export const MAPPINGS = ['full', 'hashed', 'quotient-remainder', 'unified'] as const

export interface TrainedRows {
  mapping: (typeof MAPPINGS)[number]
  /** Rows that there are, of those that one for each item would need; quotient and remainder need 2 √items at least. */
  share: number
  /** Rows of an item, by as many hashes. */
  lookups: number
}

/** A table, and which of its rows stand for an item: the one of its number when left out. */
export interface ItemTable {
  table: EmbeddingTable
  mapping?: RowMapping
}

export interface ItemTables {
  /** What items are liked for. */
  ids: ItemTable
  /** What items say of who had them. */
  history: ItemTable
}

/** Ids at a time. */
const BLOCK = 16384

/**
 * @param items ids are 0 … items: the last one is that of an item without an id of its own
 * @param isKnown whether rows mean anything: else they are zero
 * @param rows a row for each id when left out
 */
export function itemTables(
  items: number,
  dim: number,
  isKnown: boolean,
  seed: number,
  rows?: TrainedRows,
): ItemTables {
  const open = (count: number, lookups: number, k: number) => {
    // A sum of so many rows is as long as one row of its own would be.
    const deviation = isKnown ? 1 / Math.sqrt(dim * lookups) : 0
    return new EmbeddingTable(count, dim, { optimiser: 'adam', deviation, seed: seed + k })
  }
  if (!rows || rows.mapping === 'full')
    return { ids: { table: open(items + 1, 1, 1) }, history: { table: open(items + 1, 1, 2) } }
  const { ids, history, isOne } = mappingsOf(items, rows)
  const table = open(ids.rows, ids.lookups, 1)
  return {
    ids: { table, mapping: ids },
    history: { table: isOne ? table : open(history.rows, history.lookups, 2), mapping: history },
  }
}

/**
 * Rows begin as what `set` writes into rows of all items, or as near to it as rows that items share come.
 *
 * @param popularity share of each item; nothing is written for those that nobody had
 * @returns what `set` does
 */
export async function beginWith<Made>(
  { ids, history }: ItemTables,
  items: number,
  popularity: Float32Array,
  set: (rows: { ids: VectorMatrix; history: VectorMatrix }) => Promise<Made>,
): Promise<Made> {
  const withVectors = ({ table, mapping }: ItemTable) => ({
    ...{ table, mapping },
    vectors: mapping ? vectorMatrix(items, table.dim) : matrixOf(table),
  })
  const [own, said] = [withVectors(ids), withVectors(history)]
  const made = await set({ ids: own.vectors, history: said.vectors })
  for (const table of new Set([own.table, said.table])) {
    const wanted = [own, said].flatMap(({ table: other, mapping, vectors }) =>
      mapping && other === table ? [{ mapping, vectors, weights: written(vectors, popularity) }] : [],
    )
    if (wanted.length > 0) setNearestRows(matrixOf(table), wanted)
  }
  return made
}

/** Of items that were left out, nothing is known that their rows should come near. */
const written = (vectors: VectorMatrix, popularity: Float32Array) =>
  popularity.map((share, item) => (lengthOf(vectorAt(vectors, item)) > 0 ? share : 0))

const matrixOf = ({ rows, dim, values }: EmbeddingTable): VectorMatrix => ({ count: rows, dim, values })

/** Fills `out` with the rows of all ids. */
export function copyRows({ table, mapping }: ItemTable, { count, dim, values }: VectorMatrix): void {
  if (!mapping) {
    values.set(table.values)
    return
  }
  for (let from = 0; from < count; from += BLOCK) {
    const ids = Uint32Array.from({ length: Math.min(BLOCK, count - from) }, (_, k) => from + k)
    table.gatherBags(mappedBags(mapping, ids), values.subarray(from * dim, (from + ids.length) * dim))
  }
}

function mappingsOf(items: number, { mapping, share, lookups }: TrainedRows) {
  const wanted = Math.max(1, Math.round(share * items))
  if (mapping === 'unified') {
    const { ids, history } = unifiedRows(2 * wanted, { ids: lookups, history: lookups })
    const rows = 2 * wanted + 2
    return {
      ids: apart(ids, items, rows, rows - 2),
      history: apart(history, items, rows, rows - 1),
      isOne: true,
    }
  }
  // Salts of their own: who shares all rows with another in one table does not in the other one.
  const [ids, history] =
    mapping === 'hashed'
      ? [hashedRows(wanted, { lookups }), hashedRows(wanted, { lookups, salt: lookups })]
      : [byQuotient(items, wanted), byQuotient(items, wanted)]
  return { ids: alone(ids, items), history: alone(history, items), isOne: false }
}

/** With as many remainders as leave room for the quotients: few items share one. */
function byQuotient(items: number, wanted: number): RowMapping {
  const square = wanted ** 2 - 4 * items
  if (square <= 0) return quotientRemainderRows(items)
  return quotientRemainderRows(items, Math.floor((wanted + Math.sqrt(square)) / 2))
}

const alone = (mapping: RowMapping, id: number) => apart(mapping, id, mapping.rows + 1, mapping.rows)

/** The row of an id that shares with nobody: what unknown items are is made of it. */
function apart({ lookups, map }: RowMapping, id: number, rows: number, row: number): RowMapping {
  return {
    rows,
    lookups,
    map(ids, out = new Uint32Array(ids.length * lookups)) {
      map(ids, out)
      ids.forEach((each, k) => {
        if (each === id) out.fill(row, k * lookups, (k + 1) * lookups)
      })
      return out
    },
  }
}
