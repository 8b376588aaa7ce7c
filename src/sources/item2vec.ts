/** @file Source `item2vec`: items that stand in the same surroundings as the query items, by exact search over vectors. */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import type { Csr } from '../base/csr.ts'
import { sharedUint32 } from '../base/shared.ts'
import type { Dataset } from '../data/dataset.ts'
import { sequencesOf } from '../data/sequences.ts'
import { fitItem2vec } from '../models/item2vec.ts'
import { type ItemSequences, occurrences } from '../models/item2vec-memory.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { lengthOf, normalise, type VectorMatrix, vectorAt } from '../vectors/vector-matrix.ts'
import { emptyCandidates } from './candidates.ts'
import { openCommonDirection } from './common-direction.ts'
import { openDirectionQuery } from './direction-query.ts'
import { expansionOptions, fitExpansion } from './expansion.ts'
import { leftOut } from './left-out.ts'
import { positiveOnes } from './positive-ones.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { Source, SourceDefinition } from './source.ts'
import { dimOption } from './vector-options.ts'

export const item2vecOptions = z.strictObject({
  dim: dimOption(64, { from: 32, to: 192 }),
  window: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .meta({ tune: { scale: 'log', from: 2, to: 50 } }),
  negatives: z
    .number()
    .int()
    .min(1)
    .max(63)
    .default(5)
    .meta({ tune: { scale: 'log', from: 2, to: 20 } }),
  noiseExponent: z
    .number()
    .min(-1)
    .max(1)
    .default(0.75)
    .meta({ tune: { from: -0.5, to: 1 } }),
  subsampling: z
    .number()
    .min(0)
    .max(1)
    .default(1e-4)
    .meta({ tune: { scale: 'log', from: 1e-5, to: 0.1 } }),
  learningRate: z
    .number()
    .min(1e-4)
    .max(1)
    .default(0.05)
    .meta({ tune: { scale: 'log', from: 0.005, to: 0.2 } }),
  /** When left out, as many as small data needs and large data can bear (`enoughEpochs`). */
  epochs: z.number().int().min(1).max(1000).optional(),
  hogwild: z.boolean().default(false).meta({ tune: false }),
  /** Scores are cosine · count^popularity: vectors of rare items are uncertain. 0 is the bare cosine. */
  popularity: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .meta({ tune: { from: 0, to: 0.6 } }),
  fading: fadingOption.default(1),
  ...expansionOptions(100),
})

interface Item2vecColumns {
  /** Rows of length count^popularity, so that products with a query of length 1 are scores; 0 without occurrences. */
  vectors: VectorMatrix
  expansion: Csr
  fading: number
}

/** Occurrences seen over all epochs: more did not help on any of the public datasets. */
const ENOUGH_OCCURRENCES = 5_000_000
const EPOCHS = { least: 3, most: 50 }

export const item2vecSource: SourceDefinition<z.infer<typeof item2vecOptions>> = {
  name: 'item2vec',
  summary: 'Items that stand in the same surroundings as the query items.',
  surfaces: ['related', 'home'],
  options: item2vecOptions,
  async fit(input, { fading, popularity, ...options }) {
    const { dataset, seed, threads, progress } = input
    const sequences = itemSequencesOf(dataset)
    const epochs = options.epochs ?? enoughEpochs(sequences.rows.targets.length)
    const vectors = await fitItem2vec(sequences, { ...options, epochs }, seed, threads, progress)
    const counts = occurrences(sequences.rows)
    for (let item = 0; item < vectors.count; item++)
      scale(vectorAt(vectors, item), counts[item] ** popularity)
    const expansion = await fitExpansion(input, options)
    return packColumns({ vectors, expansion, fading } satisfies Item2vecColumns)
  },
  open(artefact) {
    const required = ['vectors.count', 'vectors.dim', 'vectors.values', 'expansion.weights', 'fading']
    return openItem2vec(unpackColumns<Item2vecColumns>(artefact, 'item2vec', required))
  },
}

function enoughEpochs(occurrences: number): number {
  const wanted = Math.ceil(ENOUGH_OCCURRENCES / Math.max(1, occurrences))
  return Math.min(EPOCHS.most, Math.max(EPOCHS.least, wanted))
}

/** Sets the length of a vector; a zero vector stays. */
function scale(vector: Float32Array, length: number): void {
  normalise(vector)
  for (let j = 0; j < vector.length; j++) vector[j] *= length
}

/** What happened one after the other, then the collections in their own order. */
function itemSequencesOf({ interactions, collections, users, catalog }: Dataset): ItemSequences {
  const items = catalog.items.ids.length
  const { rows } = sequencesOf(interactions, users.users.ids.length, items)
  return {
    rows: collections ? below(rows, collections) : rows,
    unordered: interactions.time ? 0 : rows.rows,
  }
}

/** The rows of both, one after the other. */
function below(first: Csr, second: Csr): Csr {
  const offsets = sharedUint32(first.rows + second.rows + 1)
  offsets.set(first.offsets)
  for (let r = 1; r <= second.rows; r++) offsets[first.rows + r] = first.targets.length + second.offsets[r]
  const targets = sharedUint32(first.targets.length + second.targets.length)
  targets.set(first.targets)
  targets.set(second.targets, first.targets.length)
  return { rows: first.rows + second.rows, columns: first.columns, offsets, targets }
}

function openItem2vec({ vectors, expansion, fading }: Item2vecColumns): Source {
  const { count, dim } = vectors
  const search = openSearch(vectors)
  const query = openDirectionQuery(vectors, expansion)
  const unit = new Float32Array(dim)
  const vectorOf = (row: number) => {
    unit.set(vectorAt(vectors, row))
    return lengthOf(unit) > 0 ? normalise(unit) : undefined
  }
  const directionOf = openCommonDirection({ count, dim, vectorOf })
  return {
    name: 'item2vec',
    followsFromQuery: true,
    heedsCondition: true,
    propose(request, limit) {
      const asked = query(request, fadedWeights(request, fading))
      return positiveOnes(search(asked, limit, leftOut(request, count)))
    },
    searchIsFallback: true,
    search(matches, limit) {
      const direction = directionOf(matches)
      if (!direction) return emptyCandidates
      const { items, scores } = positiveOnes(search(direction, limit))
      if (items.length === 0) return emptyCandidates
      // Rare items count for less here too, beside the first, which keeps its cosine.
      const length = lengthOf(vectorAt(vectors, items[0]!))
      return { items, scores: scores.map((score) => score / length) }
    },
  }
}
