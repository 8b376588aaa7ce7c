/**
 * @file Search: what has the words of a query, joined with what sources find near it. A score is a share of how well the words
 * match and a share of how near it lies (a convex combination; Bruch, Gai and Ingber 2023, "An analysis of fusion functions for
 * hybrid retrieval").
 */

import { topK } from '../base/top-k.ts'
import { type Candidates, emptyCandidates } from '../sources/candidates.ts'
import { mergeCandidates } from '../sources/merge.ts'
import type { Source } from '../sources/source.ts'
import type { ItemSearch } from '../text/item-search.ts'
import type { SearchHits } from './executor.ts'

/** How much of a score what lies near counts; more of it and titles lose, see decision 029. */
const NEAR_SHARE = 0.3
/** Of each list so many are joined. */
const DEPTH = 1000

/**
 * Items that have all words come first, in the order of how well the words match; then the others, also by how near they lie. Without
 * a source that can say what is near, and for words that nobody has, words alone decide.
 *
 * @returns best first, ties by index
 */
export function searchItems(
  words: ItemSearch,
  sources: Iterable<Source>,
  query: string,
  limit: number,
  isHidden: (item: number) => boolean,
): SearchHits {
  const depth = Math.max(limit, DEPTH)
  const near = nearWords(words, sources, query, depth, isHidden)
  if (near.length === 0) return words.search(query, limit, isHidden)
  const byWords = words.search(query, depth, isHidden)
  const most = Math.max(words.mostOf(query), byWords.scores[0] ?? 0)
  return joined(byWords, most, words.itemsWithAllWords(query), near, limit)
}

/** The list of each source that knows where the words' items lie; fallbacks are asked where there is nobody else. */
function nearWords(
  words: ItemSearch,
  sources: Iterable<Source>,
  query: string,
  depth: number,
  isHidden: (item: number) => boolean,
): Candidates[] {
  const able = [...sources].filter(({ search }) => search)
  if (able.length === 0) return []
  const matches = words.itemsOfWords(query)
  const better = able.filter(({ searchIsFallback }) => !searchIsFallback)
  return (better.length > 0 ? better : able)
    .map((source) => visible(source.search?.(matches, depth) ?? emptyCandidates, isHidden))
    .filter(({ items }) => items.length > 0)
}

/** What is shown and has something in common with the words. */
function visible({ items, scores }: Candidates, isHidden: (item: number) => boolean): Candidates {
  const kept = Uint32Array.from(items.keys()).filter((k) => scores[k]! > 0 && !isHidden(items[k]!))
  return { items: kept.map((k) => items[k]!), scores: Float32Array.from(kept, (k) => scores[k]!) }
}

/**
 * Shares of what words score over the most that they can, and of cosines (from −1 on) over the nearest one; the words alone, from 1
 * on, for items that have all of them.
 */
function joined(
  byWords: SearchHits,
  most: number,
  whole: ReadonlySet<number>,
  near: readonly Candidates[],
  limit: number,
): SearchHits {
  const { items, scores } = mergeCandidates([byWords, ...near])
  const width = 1 + near.length
  const sums = new Float64Array(items.length)
  for (let row = 0; row < items.length; row++) {
    const at = row * width
    const match = Number.isNaN(scores[at]!) ? 0 : scores[at]! / most
    sums[row] = match > 0 && whole.has(items[row]!) ? 1 + match : (1 - NEAR_SHARE) * match
    if (sums[row]! > 1) continue
    near.forEach((list, k) => {
      // What a list has not is no nearer than its last one.
      const cosine = Number.isNaN(scores[at + 1 + k]!) ? list.scores.at(-1)! : scores[at + 1 + k]!
      sums[row]! += ((NEAR_SHARE / near.length) * (1 + cosine)) / (1 + list.scores[0]!)
    })
  }
  const best = topK(sums, limit)
  return { items: best.map((row) => items[row]!), scores: Float32Array.from(best, (row) => sums[row]!) }
}
