/** @file An inverted index with BM25 weights (Robertson and Zaragoza 2009), precomputed per posting, over shared memory. */

import type { Csr } from '../base/csr.ts'
import { type IdTable, idTableOf } from '../base/id-table.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { StringColumnBuilder } from '../base/string-column.ts'

export interface Bm25Options {
  /** Saturation of a token's count. */
  k1: number
  /** How much long documents are held back, 0–1. */
  b: number
}

/**
 * `postings` is tokens × documents, documents ascending; a weight is idf · tf·(k1+1) / (tf + k1·(1 − b + b·length/mean)),
 * so that scoring is a sum. `idf` beside the tokens is ln(1 + (N − n + ½)/(n + ½)).
 */
export interface InvertedIndex {
  tokens: IdTable
  postings: Csr
  idf: Float32Array
  documents: number
  meanLength: number
  k1: number
  b: number
}

/** A document as counted tokens; counts may be fractional (fields with boosts). */
export type TokenCounts = ReadonlyMap<string, number>

/** Builds an index from documents in index order. */
export class InvertedIndexBuilder {
  readonly #numbers = new Map<string, number>()
  readonly #tokens = new StringColumnBuilder()
  #documentOf = new Uint32Array(1 << 16)
  #tokenOf = new Uint32Array(1 << 16)
  #countOf = new Float32Array(1 << 16)
  #entries = 0
  readonly #lengths: number[] = []

  add(counts: TokenCounts): void {
    let length = 0
    for (const [token, count] of counts) {
      let number = this.#numbers.get(token)
      if (number === undefined) {
        number = this.#numbers.size
        this.#numbers.set(token, number)
        this.#tokens.add(token)
      }
      if (this.#entries === this.#tokenOf.length) this.#grow()
      this.#documentOf[this.#entries] = this.#lengths.length
      this.#tokenOf[this.#entries] = number
      this.#countOf[this.#entries++] = count
      length += count
    }
    this.#lengths.push(length)
  }

  build({ k1, b }: Bm25Options): InvertedIndex {
    const documents = this.#lengths.length
    const vocabulary = this.#numbers.size
    const meanLength = Math.max(
      1e-9,
      this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, documents),
    )
    const offsets = sharedUint32(vocabulary + 1)
    for (let e = 0; e < this.#entries; e++) offsets[this.#tokenOf[e]! + 1]!++
    for (let t = 0; t < vocabulary; t++) offsets[t + 1]! += offsets[t]!
    const idf = sharedFloat32(vocabulary)
    for (let t = 0; t < vocabulary; t++)
      idf[t] = inverseDocumentFrequency(documents, offsets[t + 1]! - offsets[t]!)
    const cursor = offsets.slice(0, vocabulary)
    const targets = sharedUint32(this.#entries)
    const weights = sharedFloat32(this.#entries)
    for (let e = 0; e < this.#entries; e++) {
      const token = this.#tokenOf[e]!
      const document = this.#documentOf[e]!
      const at = cursor[token]!++
      targets[at] = document
      weights[at] = idf[token]! * saturation(this.#countOf[e]!, this.#lengths[document]! / meanLength, k1, b)
    }
    const postings = { rows: vocabulary, columns: documents, offsets, targets, weights }
    return { tokens: idTableOf(this.#tokens.build()), postings, idf, documents, meanLength, k1, b }
  }

  #grow(): void {
    const twice = <T extends Uint32Array | Float32Array>(array: T): T => {
      const larger = new (array.constructor as new (length: number) => T)(array.length * 2)
      larger.set(array)
      return larger
    }
    this.#documentOf = twice(this.#documentOf)
    this.#tokenOf = twice(this.#tokenOf)
    this.#countOf = twice(this.#countOf)
  }
}

export function inverseDocumentFrequency(documents: number, containing: number): number {
  return Math.log(1 + (documents - containing + 0.5) / (containing + 0.5))
}

/** @param relativeLength the document's length over the mean */
export function saturation(count: number, relativeLength: number, k1: number, b: number): number {
  return (count * (k1 + 1)) / (count + k1 * (1 - b + b * relativeLength))
}
