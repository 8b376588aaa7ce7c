/** @file Documents that arrived or changed after an index was built, scored with the index's statistics. */

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
  readonly #tokensOf = new Map<number, string[]>()
  readonly #replaced = new Set<number>()

  constructor(index: InvertedIndex) {
    this.#index = index
  }

  /** Documents of the index that have other words by now: what the index says of them no longer counts. */
  get replaced(): ReadonlySet<number> {
    return this.#replaced
  }

  /** Takes a document in, or its new words in place of the old. */
  put(document: number, counts: TokenCounts): void {
    this.#forget(document)
    const { k1, b, meanLength, documents } = this.#index
    if (document < documents) this.#replaced.add(document)
    this.#tokensOf.set(document, [...counts.keys()])
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

  #forget(document: number): void {
    for (const token of this.#tokensOf.get(document) ?? []) {
      const left = this.#postings.get(token)!.filter(([other]) => other !== document)
      if (left.length > 0) this.#postings.set(token, left)
      else this.#postings.delete(token)
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
