/**
 * @file A query's words as the items that have them: where those lie is what the words mean to whatever knows who had what.
 * So words need no vectors of their own, and a word that came with a live item means something at once.
 */

import { inverseDocumentFrequency } from './inverted-index.ts'
import { tokenOf, words } from './tokens.ts'

/** Distinct items, and how much each of them stands for the query. */
export interface WeightedItems {
  items: Uint32Array
  weights: Float32Array
}

/** What an index knows of tokens. */
export interface TokenIndex {
  documents: number
  /** Visits the items that have a token, with its weight in each. */
  eachPosting(token: string, visit: (item: number, weight: number) => void): void
  /** Tokens that begin so. */
  completions(prefix: string): readonly string[]
}

/** A tag of more words than this is a sentence. */
const WORDS_OF_A_TAG = 3
/** So many say where a word's items lie; more would only take time. */
const ITEMS_OF_A_WORD = 2000

/**
 * Every word, and every run of words that is a tag, shares what it tells (its idf) among the items that have it. A last word
 * that nobody has is taken for unfinished: its completions stand for it together.
 *
 * @returns nothing for words that nobody has
 */
export function itemsOfWords(query: string, index: TokenIndex): WeightedItems {
  const sum = new Map<number, number>()
  const whole = words(query)
    .map(tokenOf)
    .filter((token) => token !== '')
  const distinct = new Map(wordsAsTokens(query, index).map((tokens) => [tokens.join(), tokens]))
  for (const tokens of distinct.values()) share(tokens, index, sum)
  for (const run of new Set(runsOf(whole))) share([run], index, sum)
  return { items: Uint32Array.from(sum.keys()), weights: Float32Array.from(sum.values()) }
}

/** Items that have every word but stop words, wherever; none for stop words alone. */
export function itemsWithAllWords(query: string, index: TokenIndex): Set<number> {
  let found = new Set<number>()
  wordsAsTokens(query, index).forEach((tokens, k) => {
    const having = new Set<number>()
    for (const token of tokens) {
      index.eachPosting(token, (item) => {
        if (k === 0 || found.has(item)) having.add(item)
      })
    }
    found = having
  })
  return found
}

/** Each word as the tokens that stand for it: none where nobody has it. */
function wordsAsTokens(query: string, index: TokenIndex): (readonly string[])[] {
  const typed = words(query)
  return typed.flatMap((word, k) => {
    const token = tokenOf(word)
    if (token === '') return []
    const isUnfinished = k === typed.length - 1 && !isKnown(token, index)
    return [isUnfinished ? index.completions(word) : [token]]
  })
}

/** Tokens of tags with several words, as `itemTokens` writes them. */
function runsOf(tokens: readonly string[]): string[] {
  const runs: string[] = []
  for (let from = 0; from < tokens.length; from++) {
    for (let length = 2; length <= WORDS_OF_A_TAG && from + length <= tokens.length; length++)
      runs.push(tokens.slice(from, from + length).join(' '))
  }
  return runs
}

function isKnown(token: string, index: TokenIndex): boolean {
  let known = false
  index.eachPosting(token, () => {
    known = true
  })
  return known
}

/** @param tokens that stand for one word */
function share(tokens: readonly string[], index: TokenIndex, sum: Map<number, number>): void {
  const items: number[] = []
  const weights: number[] = []
  for (const token of tokens) {
    index.eachPosting(token, (item, weight) => {
      items.push(item)
      weights.push(weight)
    })
  }
  const step = Math.max(1, Math.ceil(items.length / ITEMS_OF_A_WORD))
  let mass = 0
  for (let k = 0; k < items.length; k += step) mass += weights[k]!
  const told = inverseDocumentFrequency(index.documents, Math.min(index.documents, items.length))
  for (let k = 0; k < items.length; k += step)
    sum.set(items[k]!, (sum.get(items[k]!) ?? 0) + (told * weights[k]!) / mass)
}
