/** @file How much of what users take up later is among the model's first items. */

import { searchExactBatch } from '../../vectors/exact-search.ts'
import { openQuery } from './query.ts'
import type { TowerRows } from './tower-rows.ts'

/** A user with a part of what they like, and the rest to be found. */
export interface RecallCase {
  asked: Uint32Array
  /** At least one. */
  hidden: Uint32Array
  /** Of the user's attributes. */
  codes: readonly number[]
}

const DEPTH = 100
/** Users asked at a time: one row of scores each. */
const BATCH = 64

/** Mean over users of recall among the first 100, without what was asked with. */
export function meanRecall(rows: TowerRows, cases: readonly RecallCase[]): number {
  const { dim } = rows.items
  const embed = openQuery(rows)
  let total = 0
  for (let from = 0; from < cases.length; from += BATCH) {
    const part = cases.slice(from, from + BATCH)
    const queries = new Float32Array(part.length * dim)
    part.forEach(({ asked, codes }, k) => {
      queries.set(embed(asked, null, codes), k * dim)
    })
    const longest = part.reduce((most, { asked }) => Math.max(most, asked.length), 0)
    searchExactBatch(rows.items, queries, DEPTH + longest).forEach(({ items }, k) => {
      const { asked, hidden } = part[k]!
      const known = new Set(asked)
      const wanted = new Set(hidden)
      const found = items.filter((item) => !known.has(item)).subarray(0, DEPTH)
      total += found.filter((item) => wanted.has(item)).length / wanted.size
    })
  }
  return total / Math.max(1, cases.length)
}
