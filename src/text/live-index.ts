/** @file Documents that arrived after an index was built, scored with the index's statistics. */

import { idAt, indexOfId } from '../base/id-table.ts'
import {
  type InvertedIndex,
  inverseDocumentFrequency,
  saturation,
  type TokenCounts,
} from './inverted-index.ts'

/** A small index of maps beside a large one of arrays; unknown tokens get the idf of a token never seen. */
export class LiveIndex {
  readonly #index: InvertedIndex
  readonly #postings = new Map<string, [document: number, weight: number][]>()

  constructor(index: InvertedIndex) {
    this.#index = index
  }

  add(document: number, counts: TokenCounts): void {
    const { k1, b, meanLength, documents } = this.#index
    let length = 0
    for (const count of counts.values()) length += count
    for (const [token, count] of counts) {
      const known = indexOfId(this.#index.tokens, token)
      const idf = known < 0 ? inverseDocumentFrequency(documents, 0) : this.#index.idf[known]!
      const weight = idf * saturation(count, length / meanLength, k1, b)
      const postings = this.#postings.get(token)
      if (postings) postings.push([document, weight])
      else this.#postings.set(token, [[document, weight]])
    }
  }

  postings(token: string): readonly [document: number, weight: number][] {
    return this.#postings.get(token) ?? []
  }

  /** Live tokens that begin with a prefix and that the index does not know. */
  tokensFrom(prefix: string): string[] {
    return [...this.#postings.keys()].filter((token) => token.startsWith(prefix))
  }
}

/** Tokens of an index in order of their text, for prefixes: `order` holds token numbers. */
export function tokensByText({ tokens }: InvertedIndex): Uint32Array {
  const texts = Array.from({ length: tokens.ids.length }, (_, number) => idAt(tokens, number))
  return Uint32Array.from(texts.keys()).sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1))
}
