/** @file The user's vector for a history, as the towers define it. */

import { normalise, vectorAt } from '../../vectors/vector-matrix.ts'
import { openAttention } from './attention.ts'
import type { TowerRows } from './tower-rows.ts'
import { openUserTower } from './user-tower.ts'

/**
 * @param items query items, in any order; those beyond the rows are left out
 * @param weights one per item; all 1 when null
 * @param codes of the user's attributes
 * @returns length dim, valid until the next call; zero when nothing is known of the user
 */
export type EmbedQuery = (
  items: ArrayLike<number>,
  weights: ArrayLike<number> | null,
  codes: readonly number[],
) => Float32Array

/** @param live what later items add to a history, by item */
export function openQuery(
  { history, attributes, attention, user }: Pick<TowerRows, 'history' | 'attributes' | 'attention' | 'user'>,
  live: ReadonlyMap<number, Float32Array> = new Map(),
): EmbedQuery {
  const { dim } = history
  const known = history.count - 1
  const sum = new Float32Array(dim)
  const weigh = attention && openAttention(attention)
  const tower = openUserTower(user)
  return (items, weights, codes) => {
    const rows: Float32Array[] = []
    const own: number[] = []
    let mass = 0
    for (let k = 0; k < items.length; k++) {
      const row = items[k]! < known ? vectorAt(history, items[k]!) : live.get(items[k]!)
      if (!row) continue
      rows.push(row)
      own.push(weights ? weights[k]! : 1)
      mass += own.at(-1)! ** 2
    }
    pool(rows, own, mass, codes)
    if (weigh && mass > 0) {
      weigh(rows, own, normalise(sum))
      pool(rows, own, mass, codes)
    }
    return tower(sum)
  }

  /** The weighted sum, and the attributes. */
  function pool(rows: Float32Array[], weights: number[], mass: number, codes: readonly number[]): void {
    sum.fill(0)
    rows.forEach((row, k) => {
      for (let j = 0; j < dim; j++) sum[j]! += weights[k]! * row[j]!
    })
    if (mass > 0) for (let j = 0; j < dim; j++) sum[j]! /= Math.sqrt(mass)
    attributes.forEach((table, k) => {
      for (let j = 0, at = codes[k]! * dim; j < dim; j++) sum[j]! += table[at + j]!
    })
  }
}
