/**
 * @file What an item is made of, as a vector: its words and tags in the leading singular directions of the catalog's words
 * (latent semantic analysis, Deerwester et al. 1990). It exists for every item, new ones too.
 */

import { type Csr, csrFromEdges, rowOf } from '../../base/csr.ts'
import { type IdTable, idTable, indexOfId } from '../../base/id-table.ts'
import type { Progress } from '../../base/progress.ts'
import type { Catalog } from '../../data/dataset.ts'
import { itemTexts } from '../../data/item-texts.ts'
import { type ItemText, itemTokens } from '../../text/item-tokens.ts'
import { normalise, type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { fitSpectral } from '../spectral.ts'

/** Directions by token; a token's row already holds what one occurrence of it is worth. */
export interface Content {
  tokens: IdTable
  directions: VectorMatrix
}

/** A word counts wherever it stands: presence is all that the directions are made of. */
const FIELDS = { title: 1, tags: 1, text: 1 }
/** Tokens of a single item tell nothing in common; those of most items tell nothing apart. */
const ITEMS_LEAST = 2
const SHARE_MOST = 0.2
const ITERATIONS = 3

/** @returns null when the catalog has no words */
export async function fitContent(
  catalog: Catalog,
  dim: number,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<{ content: Content; vectors: VectorMatrix } | null> {
  const items = catalog.items.ids.length
  const counts = new Map<string, number>()
  for (const text of itemTexts(catalog))
    for (const token of itemTokens(text, FIELDS).keys()) counts.set(token, (counts.get(token) ?? 0) + 1)
  const most = Math.max(ITEMS_LEAST, SHARE_MOST * items)
  const kept = [...counts]
    .filter(([, count]) => count >= ITEMS_LEAST && count <= most)
    .map(([token]) => token)
  if (kept.length === 0) return null
  const tokens = idTable(kept)
  const occurrences = occurrencesOf(catalog, tokens)
  const directions = await fitSpectral(
    occurrences,
    { rank: Math.min(dim, kept.length), iterations: ITERATIONS },
    seed,
    threads,
    progress,
  )
  const frequencies = new Uint32Array(kept.length)
  for (const token of occurrences.targets) frequencies[token]!++
  for (let token = 0; token < kept.length; token++) {
    const vector = vectorAt(directions, token)
    const rarity = 1 / Math.sqrt(Math.max(1, frequencies[token]!))
    for (let j = 0; j < vector.length; j++) vector[j]! *= rarity
  }
  const vectors = vectorMatrix(items, directions.dim)
  for (let item = 0; item < items; item++)
    sumDirections(directions, rowOf(occurrences, item), vectorAt(vectors, item))
  return { content: { tokens, directions }, vectors }
}

/** The vector of an item that the fit has not seen, of length 1; zero when no word is known. */
export function contentOf({ tokens, directions }: Content, text: ItemText, out: Float32Array): Float32Array {
  const known: number[] = []
  for (const token of itemTokens(text, FIELDS).keys()) {
    const number = indexOfId(tokens, token)
    if (number >= 0) known.push(number)
  }
  return sumDirections(directions, known, out)
}

function sumDirections(directions: VectorMatrix, tokens: ArrayLike<number>, out: Float32Array): Float32Array {
  out.fill(0)
  for (let k = 0; k < tokens.length; k++) {
    const direction = vectorAt(directions, tokens[k]!)
    for (let j = 0; j < out.length; j++) out[j]! += direction[j]!
  }
  return normalise(out)
}

/** Items × tokens. */
function occurrencesOf(catalog: Catalog, tokens: IdTable): Csr {
  const from: number[] = []
  const to: number[] = []
  let item = 0
  for (const text of itemTexts(catalog)) {
    for (const token of itemTokens(text, FIELDS).keys()) {
      const number = indexOfId(tokens, token)
      if (number < 0) continue
      from.push(item)
      to.push(number)
    }
    item++
  }
  return csrFromEdges(item, tokens.ids.length, { from, to })
}
