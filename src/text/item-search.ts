/** @file Finds items by words as one types: BM25 over all words, the last one also as a prefix. */

import type { Artefact } from '../base/array-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { idAt, indexOfId } from '../base/id-table.ts'
import { topK } from '../base/top-k.ts'
import { type InvertedIndex, InvertedIndexBuilder } from './inverted-index.ts'
import { type FieldBoosts, type ItemText, itemTokens } from './item-tokens.ts'
import { itemsOfWords, itemsWithAllWords, type TokenIndex, type WeightedItems } from './items-of-words.ts'
import { LiveIndex, tokensByText } from './live-index.ts'
import { tokenOf, words } from './tokens.ts'

/** Titles are what people search by. */
const SEARCH_BOOSTS: FieldBoosts = { title: 3, tags: 1, text: 0.5 }
/** Completions of the last word that are tried, the most frequent ones. */
const MAX_COMPLETIONS = 64
/** A completion counts this much of a whole word. */
const COMPLETION_WEIGHT = 0.7

interface SearchColumns {
  index: InvertedIndex
  byText: Uint32Array
}

export interface ItemSearch {
  /** @returns the best matches, ties by index */
  search(
    query: string,
    limit: number,
    isHidden: (item: number) => boolean,
  ): { items: Uint32Array; scores: Float32Array }
  /** The items that the query's words stand for, to be searched by what they have in common; see `itemsOfWords`. */
  itemsOfWords(query: string): WeightedItems
  /** Those that have all of its words; see `itemsWithAllWords`. */
  itemsWithAllWords(query: string): ReadonlySet<number>
  /** What an item would score that is about nothing but the query's words. */
  mostOf(query: string): number
  /** Takes in new items, and other words of known ones. */
  putItems(items: readonly (ItemText & { index: number })[]): void
}

/** @param items in index order */
export function fitItemSearch(items: Iterable<ItemText>): Artefact {
  const builder = new InvertedIndexBuilder()
  for (const item of items) builder.add(searchTokens(item))
  const index = builder.build({ k1: 1.2, b: 0.6 })
  return packColumns({ index, byText: tokensByText(index) } satisfies SearchColumns)
}

export function openItemSearch(artefact: Artefact): ItemSearch {
  const { index, byText } = unpackColumns<SearchColumns>(artefact, 'search', [
    'index.postings.targets',
    'index.tokens.slots',
    'byText',
  ])
  const live = new LiveIndex(index)
  let size = index.documents

  const eachPosting = (token: string, visit: (item: number, weight: number) => void) => {
    const number = indexOfId(index.tokens, token)
    if (number >= 0) {
      const { offsets, targets, weights } = index.postings
      for (let k = offsets[number]!; k < offsets[number + 1]!; k++) {
        if (!live.replaced.has(targets[k]!)) visit(targets[k]!, weights![k]!)
      }
    }
    for (const [document, value] of live.postings(token)) visit(document, value)
  }
  const completionsOf = (word: string) => completions(index, byText, live, word)
  const tokenIndex: TokenIndex = { documents: index.documents, eachPosting, completions: completionsOf }
  const add = (scores: Float64Array, token: string, weight: number) =>
    eachPosting(token, (item, value) => {
      scores[item]! += weight * value
    })

  return {
    search(query, limit, isHidden) {
      const scores = new Float64Array(size)
      const typed = words(query)
      typed.forEach((word, k) => {
        const token = tokenOf(word) || word
        add(scores, token, 1)
        if (k < typed.length - 1) return
        for (const completion of completionsOf(word)) {
          if (completion !== token) add(scores, completion, COMPLETION_WEIGHT)
        }
      })
      for (let item = 0; item < size; item++) {
        if (scores[item] === 0 || isHidden(item)) scores[item] = Number.NEGATIVE_INFINITY
      }
      const items = topK(scores, limit)
      return { items, scores: Float32Array.from(items, (item) => scores[item]!) }
    },
    itemsOfWords: (query) => itemsOfWords(query, tokenIndex),
    itemsWithAllWords: (query) => itemsWithAllWords(query, tokenIndex),
    mostOf(query) {
      const known = words(query).map((word) => indexOfId(index.tokens, tokenOf(word) || word))
      return known.reduce((sum, token) => sum + (token < 0 ? 0 : index.idf[token]! * (index.k1 + 1)), 0)
    },
    putItems(items) {
      for (const item of items) {
        live.put(item.index, searchTokens(item))
        size = Math.max(size, item.index + 1)
      }
    },
  }
}

/** Unstemmed words too, so that what is typed so far matches their beginnings. */
function searchTokens(item: ItemText): Map<string, number> {
  const counts = itemTokens(item, SEARCH_BOOSTS)
  for (const word of words(item.title)) if (!counts.has(word)) counts.set(word, SEARCH_BOOSTS.title)
  return counts
}

/** Tokens that begin with the prefix, the most frequent first. */
function completions(index: InvertedIndex, byText: Uint32Array, live: LiveIndex, prefix: string): string[] {
  let low = 0
  let high = byText.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (idAt(index.tokens, byText[middle]!) < prefix) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  for (let k = low; k < byText.length && idAt(index.tokens, byText[k]!).startsWith(prefix); k++)
    found.push(byText[k]!)
  const { offsets } = index.postings
  found.sort((a, b) => offsets[b + 1]! - offsets[b]! - (offsets[a + 1]! - offsets[a]!) || a - b)
  const known = found.slice(0, MAX_COMPLETIONS).map((number) => idAt(index.tokens, number))
  return [...new Set([...known, ...live.tokensFrom(prefix)])]
}
