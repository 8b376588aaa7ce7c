/** @file The union of several sources' candidates, item by item. */

import { topK } from '../base/top-k.ts'
import type { Candidates, MergedCandidates } from './candidates.ts'

/** Rank written where a source did not propose the item. */
export const NOT_PROPOSED = 0xffff

/** More sources than bits in a mask would alias each other. */
export const MAX_SOURCES = 32

/** Row of each item in the merge at hand; grows with the catalog, and is never read where it was not written before. */
let rowOf = new Uint32Array(0)
/** The merge in which each item was met last, so that nothing has to be cleared between two. */
let metIn = new Uint32Array(0)
let merge = 0

/**
 * @param lists one entry per source, in the sources' order; null for a source that did not answer
 * @returns candidates ordered by item index
 */
export function mergeCandidates(lists: readonly (Candidates | null)[]): MergedCandidates {
  if (lists.length > MAX_SOURCES) throw new RangeError(`at most ${MAX_SOURCES} sources can be merged`)
  const items = distinctItems(lists)
  for (let row = 0; row < items.length; row++) rowOf[items[row]!] = row
  const width = lists.length
  const merged: MergedCandidates = {
    items,
    sources: new Uint32Array(items.length),
    scores: new Float32Array(items.length * width).fill(Number.NaN),
    ranks: new Uint16Array(items.length * width).fill(NOT_PROPOSED),
  }
  for (let source = 0; source < width; source++) {
    const list = lists[source]
    if (!list) continue
    for (let rank = 0; rank < list.items.length; rank++) {
      const row = rowOf[list.items[rank]!]!
      merged.sources[row]! |= 1 << source
      merged.scores[row * width + source] = list.scores[rank]!
      merged.ranks[row * width + source] = Math.min(rank, NOT_PROPOSED - 1)
    }
  }
  return merged
}

/** The rows for which `keep` holds, in their order. */
export function filterMerged(merged: MergedCandidates, keep: (item: number) => boolean): MergedCandidates {
  const rows: number[] = []
  for (let r = 0; r < merged.items.length; r++) if (keep(merged.items[r]!)) rows.push(r)
  if (rows.length === merged.items.length) return merged
  const width = merged.items.length === 0 ? 0 : merged.scores.length / merged.items.length
  const kept: MergedCandidates = {
    items: new Uint32Array(rows.length),
    sources: new Uint32Array(rows.length),
    scores: new Float32Array(rows.length * width),
    ranks: new Uint16Array(rows.length * width),
  }
  rows.forEach((r, k) => {
    kept.items[k] = merged.items[r]!
    kept.sources[k] = merged.sources[r]!
    kept.scores.set(merged.scores.subarray(r * width, (r + 1) * width), k * width)
    kept.ranks.set(merged.ranks.subarray(r * width, (r + 1) * width), k * width)
  })
  return kept
}

/** The k best of a sparse list of scores: ties by item index, since `items` ascends. */
export function bestCandidates(items: Uint32Array, scores: Float32Array, k: number): Candidates {
  const best = topK(scores, k)
  const candidates = { items: new Uint32Array(best.length), scores: new Float32Array(best.length) }
  for (let k = 0; k < best.length; k++) {
    candidates.items[k] = items[best[k]!]!
    candidates.scores[k] = scores[best[k]!]!
  }
  return candidates
}

/** The k best of two lists that have no item in common. */
export function bestOfBoth(first: Candidates, second: Candidates, k: number): Candidates {
  const items = Uint32Array.from([...first.items, ...second.items])
  const scores = Float32Array.from([...first.scores, ...second.scores])
  return bestCandidates(items, scores, k)
}

/** The k best of lists that may share items: of an item's scores the best one counts. */
export function bestOfAny(lists: readonly Candidates[], k: number): Candidates {
  if (lists.length === 1) return lists[0]!
  const best = new Map<number, number>()
  for (const { items, scores } of lists) {
    items.forEach((item, rank) => {
      best.set(item, Math.max(scores[rank]!, best.get(item) ?? Number.NEGATIVE_INFINITY))
    })
  }
  const items = Uint32Array.from(best.keys()).sort()
  const scores = Float32Array.from(items, (item) => best.get(item)!)
  return bestCandidates(items, scores, k)
}

/** Ascending. Only what is distinct is sorted: most sources propose the same. */
function distinctItems(lists: readonly (Candidates | null)[]): Uint32Array {
  let total = 0
  let largest = -1
  for (const list of lists) {
    if (!list) continue
    total += list.items.length
    for (const item of list.items) if (item > largest) largest = item
  }
  if (largest >= metIn.length) {
    rowOf = new Uint32Array(largest * 2 + 1)
    metIn = new Uint32Array(largest * 2 + 1)
    merge = 0
  }
  // Run over: what was met in merge 1 once must not seem to be met now.
  if (merge === 0xffffffff) metIn.fill(0)
  merge = (merge % 0xffffffff) + 1
  const distinct = new Uint32Array(total)
  let count = 0
  for (const list of lists) {
    if (!list) continue
    for (const item of list.items) {
      if (metIn[item] === merge) continue
      metIn[item] = merge
      distinct[count++] = item
    }
  }
  return distinct.slice(0, count).sort()
}
