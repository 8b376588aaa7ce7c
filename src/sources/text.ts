/** @file Source `text`: items whose title, tags and text share telling words with the query items (BM25). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { type Csr, transpose } from '../base/csr.ts'
import { idAt, indexOfId } from '../base/id-table.ts'
import { itemTexts } from '../data/item-texts.ts'
import { type InvertedIndex, InvertedIndexBuilder } from '../text/inverted-index.ts'
import { type FieldBoosts, itemTokens } from '../text/item-tokens.ts'
import { LiveIndex } from '../text/live-index.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { LiveItem, Source, SourceDefinition } from './source.ts'
import { SparseScores } from './sparse-scores.ts'

const boost = z
  .number()
  .min(0)
  .meta({ tune: { from: 0, to: 3 } })

export const textOptions = z.strictObject({
  boosts: z
    .strictObject({ title: boost, tags: boost, text: boost })
    .default({ title: 1, tags: 1, text: 0.3 }),
  k1: z
    .number()
    .min(0)
    .max(10)
    .default(1.2)
    .meta({ tune: { from: 0.2, to: 4 } }),
  b: z.number().min(0).max(1).default(0.5),
  /** The most telling tokens of all query items together. */
  maxQueryTokens: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .meta({ tune: { scale: 'log', from: 10, to: 300 } }),
  /** Tokens in a larger share of the items tell nothing apart and cost most. */
  maxShare: z
    .number()
    .min(0.001)
    .max(1)
    .default(0.1)
    .meta({ tune: { scale: 'log', from: 0.01, to: 0.5 } }),
  fading: fadingOption.default(0.98),
})

interface TextColumns {
  index: InvertedIndex
  /** Items × tokens with BM25 weights: the index the other way round. */
  forward: Csr
  boosts: FieldBoosts
  maxQueryTokens: number
  maxShare: number
  fading: number
}

export const textSource: SourceDefinition<z.infer<typeof textOptions>> = {
  name: 'text',
  summary: 'Items whose title, tags and text share telling words with the query items.',
  surfaces: ['related', 'home'],
  options: textOptions,
  unsuitable: ({ dataset: { catalog } }) =>
    catalog.title.bytes.length + catalog.tags.bytes.length + catalog.text.bytes.length === 0
      ? 'items have no text'
      : null,
  async fit({ dataset }, { boosts, k1, b, ...options }) {
    const builder = new InvertedIndexBuilder()
    for (const item of itemTexts(dataset.catalog)) builder.add(itemTokens(item, boosts))
    const index = builder.build({ k1, b })
    return packColumns({
      index,
      forward: transpose(index.postings),
      boosts,
      ...options,
    } satisfies TextColumns)
  },
  open(artefact) {
    const required = [
      'index.postings.targets',
      'index.tokens.slots',
      'index.idf',
      'forward.targets',
      'fading',
    ]
    return openText(unpackColumns<TextColumns>(artefact, 'text', required))
  },
}

function openText(columns: TextColumns): Source {
  const { index, maxQueryTokens } = columns
  const live = new LiveIndex(index)
  const { forward } = columns
  let scores = new SparseScores(index.documents)
  let size = index.documents
  const liveForward = new Map<number, Map<string, number>>()
  const tooFrequent = columns.maxShare * index.documents
  const { offsets, targets, weights } = index.postings
  const tokenWeights = new SparseScores(index.postings.rows)

  return {
    name: 'text',
    propose(request, limit) {
      const faded = fadedWeights(request, columns.fading)
      const liveTokens = new Map<string, number>()
      for (let q = 0; q < request.items.length; q++) {
        const item = request.items[q]!
        if (item < forward.rows && !liveForward.has(item)) {
          for (let k = forward.offsets[item]!; k < forward.offsets[item + 1]!; k++) {
            const token = forward.targets[k]!
            if (offsets[token + 1]! - offsets[token]! <= tooFrequent) {
              tokenWeights.add(token, faded[q]! * forward.weights![k]!)
            }
          }
        }
        for (const token of liveForward.get(item)?.keys() ?? []) liveTokens.set(token, faded[q]!)
      }
      const query = tokenWeights.take(maxQueryTokens, [])
      for (let t = 0; t < query.items.length; t++) {
        const token = query.items[t]!
        addPostings(token, query.scores[t]!)
        if (liveForward.size > 0) {
          for (const [document, weight] of live.postings(idAt(index.tokens, token)))
            scores.add(document, query.scores[t]! * weight)
        }
      }
      for (const [token, weight] of liveTokens) scoreLiveToken(token, weight)
      return scores.take(limit, request.items)
    },
    addItems: put,
    rewordItems: put,
  }

  function put(items: readonly LiveItem[]): void {
    for (const item of items) {
      const counts = itemTokens(item, columns.boosts)
      live.put(item.index, counts)
      liveForward.set(item.index, counts)
      size = Math.max(size, item.index + 1)
    }
    scores = new SparseScores(size)
  }

  function addPostings(token: number, weight: number): void {
    const { replaced } = live
    for (let k = offsets[token]!; k < offsets[token + 1]!; k++) {
      if (!replaced.has(targets[k]!)) scores.add(targets[k]!, weight * weights![k]!)
    }
  }

  /** Tokens of a live query item: in the index and among the other live items. */
  function scoreLiveToken(token: string, weight: number): void {
    const number = indexOfId(index.tokens, token)
    if (number >= 0 && offsets[number + 1]! - offsets[number]! <= tooFrequent) {
      addPostings(number, weight * index.idf[number]!)
    }
    for (const [document, value] of live.postings(token)) scores.add(document, weight * value)
  }
}
