/** @file The user's vector for a history, as the towers define it. */

import { type KeptRows, openRows } from '../../vectors/packed-rows.ts'
import { normalise } from '../../vectors/vector-matrix.ts'
import { openHeads } from './attention.ts'
import { NO_CONDITION } from './conditions.ts'
import { openSolvedWeights } from './solved-weights.ts'
import type { TowerRows } from './tower-rows.ts'
import { openUserTower } from './user-tower.ts'

/**
 * @param items query items, in any order; those beyond the rows are left out
 * @param weights one per item; all 1 when null
 * @param codes of the user's attributes
 * @param condition code of what is asked for; nothing when left out
 * @returns length dim, valid until the next call; zero when nothing is known of the user
 */
export type EmbedQuery = (
  items: ArrayLike<number>,
  weights: ArrayLike<number> | null,
  codes: readonly number[],
  condition?: number,
) => Float32Array

/** Vectors of a user, one for each interest; of an item's scores the best one counts. */
export type EmbedInterests = (...given: Parameters<EmbedQuery>) => readonly Float32Array[]

type QueryRows = Pick<TowerRows, 'attributes' | 'conditions' | 'attention' | 'solving' | 'user'> & {
  history: KeptRows
}

/** Of a user with one interest, or the first one of several. */
export function openQuery(rows: QueryRows, live?: ReadonlyMap<number, Float32Array>): EmbedQuery {
  const embed = openInterests(rows, live)
  return (...given) => embed(...given)[0]!
}

/** @param live what later items add to a history, by item */
export function openInterests(
  { history, attributes, conditions, attention, solving, user }: QueryRows,
  live: ReadonlyMap<number, Float32Array> = new Map(),
): EmbedInterests {
  const { dim } = history
  const tables = conditions ? [...attributes, conditions] : attributes
  const known = history.count - 1
  const rowAt = openRows(history)
  const sum = new Float32Array(dim)
  const heads = attention ? openHeads(attention, dim) : []
  const interests = heads.map(() => new Float32Array(dim))
  const solve = solving && openSolvedWeights(solving)
  const tower = openUserTower(user)
  return (items, weights, attributeCodes, condition = NO_CONDITION) => {
    const codes = [...attributeCodes, condition]
    const rows: Float32Array[] = []
    const found: number[] = []
    const given: number[] = []
    for (let k = 0; k < items.length; k++) {
      const row = items[k]! < known ? rowAt(items[k]!) : live.get(items[k]!)
      if (!row) continue
      rows.push(row)
      found.push(items[k]!)
      given.push(weights ? weights[k]! : 1)
    }
    const own = Float64Array.from(given)
    solve?.(found, own)
    const mass = own.reduce((sum, weight) => sum + weight ** 2, 0)
    pool(rows, own, mass, codes, sum)
    if (heads.length === 0) return [tower(sum)]
    normalise(sum)
    return heads.map((weigh, head) => {
      const weighed = Float64Array.from(own)
      if (mass > 0) weigh(rows, weighed, sum)
      pool(rows, weighed, mass, codes, interests[head]!)
      return tower(interests[head]!)
    })
  }

  /** The weighted sum, and what else is known. */
  function pool(
    rows: Float32Array[],
    weights: ArrayLike<number>,
    mass: number,
    codes: readonly number[],
    out: Float32Array,
  ): void {
    out.fill(0)
    rows.forEach((row, k) => {
      for (let j = 0; j < dim; j++) out[j]! += weights[k]! * row[j]!
    })
    if (mass > 0) for (let j = 0; j < dim; j++) out[j]! /= Math.sqrt(mass)
    tables.forEach((table, k) => {
      for (let j = 0, at = codes[k]! * dim; j < dim; j++) out[j]! += table[at + j]!
    })
  }
}
