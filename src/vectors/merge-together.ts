/**
 * @file How the threads of a scan for very many rows merge their lists: each thread leaves its list where the others read it,
 * waits for theirs, and merges the rows between two scores.
 */

import { sharedInt32 } from '../base/shared.ts'
import { sharedRows } from './lists.ts'
import { mergeNeighbours } from './merge-neighbours.ts'
import type { Neighbours } from './neighbours.ts'

/** Shorter lists are merged sooner than threads find each other. */
export const TOGETHER_LEAST = 8192
/** Looks for the other threads before it sleeps: they mostly come within microseconds. */
const LOOKS = 20_000

/** Over shared memory. */
export interface Gathering {
  /** How many threads have come. */
  come: Int32Array
  /** Rows of each thread's list. */
  sizes: Int32Array
  /** Each thread's list, room for k rows. */
  lists: readonly Neighbours[]
  /** The best k of all, as soon as every thread is done. */
  merged: Neighbours
}

export const roomFor = (threads: number, k: number): Neighbours[] =>
  Array.from({ length: threads }, () => sharedRows(k))

export function gathering(lists: readonly Neighbours[], k: number): Gathering {
  return {
    come: sharedInt32(1),
    sizes: sharedInt32(lists.length),
    lists,
    merged: sharedRows(k),
  }
}

export function foundTogether({ sizes, merged }: Gathering): Neighbours {
  const size = Math.min(
    merged.items.length,
    sizes.reduce((sum, each) => sum + each, 0),
  )
  return { items: merged.items.subarray(0, size), scores: merged.scores.subarray(0, size) }
}

/** Says that this thread's list is there, and waits for the others. All threads come, those that failed too. */
export function meet({ come, sizes }: Gathering): void {
  Atomics.add(come, 0, 1)
  Atomics.notify(come, 0)
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(come, 0) === sizes.length) return
  for (let there = 0; there < sizes.length; there = Atomics.load(come, 0)) Atomics.wait(come, 0, there)
}

/**
 * Merges a part of the lists into its place.
 *
 * @param part from 0, one for each thread
 */
export function mergePart({ sizes, lists, merged }: Gathering, part: number): void {
  const parts = lists.length
  const filled = lists.map((list, n) => slice(list, 0, sizes[n]))
  const longest = filled.reduce((a, b) => (b.items.length > a.items.length ? b : a))
  // Rows with equal scores are in one part.
  const startOf = ({ scores }: Neighbours, n: number) =>
    n === parts
      ? scores.length
      : n === 0
        ? 0
        : countAbove(scores, longest.scores[Math.floor((n * longest.scores.length) / parts)])
  const from = filled.reduce((sum, list) => sum + startOf(list, part), 0)
  const left = merged.items.length - from
  if (left <= 0) return
  const shares = filled.map((list) => slice(list, startOf(list, part), startOf(list, part + 1)))
  const size = shares.reduce((sum, { items }) => sum + items.length, 0)
  if (size > 0) mergeNeighbours(shares, left, slice(merged, from, from + Math.min(size, left)))
}

const slice = ({ items, scores }: Neighbours, from: number, to: number): Neighbours => ({
  items: items.subarray(from, to),
  scores: scores.subarray(from, to),
})

/** @param scores descending */
function countAbove(scores: Float32Array, score: number): number {
  let low = 0
  let high = scores.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (scores[middle] > score) low = middle + 1
    else high = middle
  }
  return low
}
