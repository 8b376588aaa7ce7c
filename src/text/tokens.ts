/** @file Text to tokens: Unicode words, folded, stop words dropped, English stemmed (Porter 1980). */

import { stemmer } from 'stemmer'

/** Words that stand in nearly every English text and tell nothing apart. */
const STOP_WORDS = new Set(
  'a an and are as at be but by for from has have he her his i if in into is it its no not of on or she so such that the their them then there these they this to was we were what when which who will with you your'.split(
    ' ',
  ),
)
const WORD = /[\p{L}\p{N}]+/gu
const MARKS = /\p{M}+/gu
/** Longer ones are codes, not words. */
const MAX_LENGTH = 40

/** Folded words in order, unstemmed and with stop words: what a search box matches prefixes with. */
export function words(text: string): string[] {
  const folded = text.normalize('NFKD').replace(MARKS, '').toLowerCase()
  return folded.match(WORD)?.filter((word) => word.length <= MAX_LENGTH) ?? []
}

/** What an index holds of a word; '' for a stop word. */
export function tokenOf(word: string): string {
  if (STOP_WORDS.has(word)) return ''
  return /^[a-z]+$/.test(word) ? stemmer(word) : word
}

export function tokens(text: string): string[] {
  const found: string[] = []
  for (const word of words(text)) {
    const token = tokenOf(word)
    if (token !== '') found.push(token)
  }
  return found
}
