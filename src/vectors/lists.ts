/** @file The rows that were found for several queries, in two arrays. */

import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import type { Neighbours } from './neighbours.ts'

/** One query's rows behind another's. */
export interface Lists extends Neighbours {
  /** Where each query's rows end. */
  ends: Uint32Array
}

/** Makes room for so many rows. */
export type Allocate = (rows: number) => Neighbours

export const localRows: Allocate = (rows) => ({
  items: new Uint32Array(rows),
  scores: new Float32Array(rows),
})

export const sharedRows: Allocate = (rows) => ({ items: sharedUint32(rows), scores: sharedFloat32(rows) })

export function listOf({ ends, items, scores }: Lists, query: number): Neighbours {
  const from = query === 0 ? 0 : ends[query - 1]
  return { items: items.subarray(from, ends[query]), scores: scores.subarray(from, ends[query]) }
}

export const eachList = (lists: Lists): Neighbours[] =>
  Array.from(lists.ends, (_, query) => listOf(lists, query))

export function joinLists(found: readonly Neighbours[], allocate: Allocate): Lists {
  const ends = endsOf(found.map(({ items }) => items.length))
  const lists = { ends, ...allocate(ends.at(-1) ?? 0) }
  found.forEach(({ items, scores }, query) => {
    lists.items.set(items, ends[query] - items.length)
    lists.scores.set(scores, ends[query] - items.length)
  })
  return lists
}

export function endsOf(counts: ArrayLike<number>): Uint32Array {
  let end = 0
  return Uint32Array.from(counts, (count) => {
    end += count
    return end
  })
}
