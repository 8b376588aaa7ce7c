/** @file An item's tokens: title, tags and text, each field counting with its boost. */

import { tokens } from './tokens.ts'

export interface FieldBoosts {
  title: number
  tags: number
  text: number
}

export interface ItemText {
  title: string
  tags: readonly string[]
  text: string
}

/** A tag counts as its words and, when it has several, as a token of its own: "science fiction" is more than both. */
export function itemTokens({ title, tags, text }: ItemText, boosts: FieldBoosts): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (token: string, boost: number) => {
    if (boost > 0) counts.set(token, (counts.get(token) ?? 0) + boost)
  }
  for (const token of tokens(title)) add(token, boosts.title)
  for (const tag of tags) {
    const parts = tokens(tag)
    for (const token of parts) add(token, boosts.tags)
    if (parts.length > 1) add(parts.join(' '), boosts.tags)
  }
  for (const token of tokens(text)) add(token, boosts.text)
  return counts
}
