/**
 * @file Source `graph-sage`: items whose vectors, made of their own features and their neighbours', point where the query
 * items' do (Hamilton et al. 2017; Shi et al. 2023).
 */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { type Csr, degree } from '../base/csr.ts'
import type { IdTable } from '../base/id-table.ts'
import { itemGraphOf } from '../data/item-graph-of.ts'
import { carveValidation } from '../data/split.ts'
import type { ItemGraph } from '../graph/item-graph.ts'
import { nearestItems } from '../graph/nearest-items.ts'
import { teachingCollections } from '../models/graph-sage/batches.ts'
import { embedAlone, type LayerWeights } from '../models/graph-sage/embed.ts'
import { fitGraphSage } from '../models/graph-sage/graph-sage.ts'
import { bestPopularity, POPULARITIES, pageCases } from '../models/graph-sage/popularity.ts'
import { type Content, contentOf, fitContent } from '../models/two-tower/content.ts'
import { plusProduct } from '../models/vector-times-matrix.ts'
import { LiveVectors } from '../vectors/live-vectors.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { type VectorMatrix, vectorAt } from '../vectors/vector-matrix.ts'
import { openDirectionQuery } from './direction-query.ts'
import { expansionOptions, fitExpansion } from './expansion.ts'
import { leftOut } from './left-out.ts'
import { bestOfBoth } from './merge.ts'
import { positiveOnes } from './positive-ones.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { FitInput, LiveItem, Source, SourceDefinition } from './source.ts'
import { dropoutOption, itemOptions, rateOption, tableRateOption } from './tower-options.ts'
import { dimOption } from './vector-options.ts'

export const graphSageOptions = z.strictObject({
  dim: dimOption(64, { from: 32, to: 192 }),
  hidden: z.number().int().min(16).max(4096).default(128).meta({ tune: false }),
  dropout: dropoutOption.default(0),
  /** Hops from which an item hears. */
  layers: z.number().int().min(1).max(3).default(1).meta({ tune: false }),
  /** Neighbours that an item has. */
  neighbours: z
    .number()
    .int()
    .min(1)
    .max(200)
    .default(20)
    .meta({ tune: { scale: 'log', from: 5, to: 100 } }),
  /** Of these, drawn for an item in training. */
  sampled: z.number().int().min(1).max(200).default(10).meta({ tune: false }),
  temperature: z
    .number()
    .min(0.01)
    .max(2)
    .default(0.1)
    .meta({ tune: { scale: 'log', from: 0.03, to: 0.5 } }),
  logQ: z.boolean().default(true).meta({ tune: false }),
  /** Pairs in a batch: each second item is a negative for all other first ones. */
  pairs: z.number().int().min(16).max(8192).default(512).meta({ tune: false }),
  /** When left out, as many as small data needs and large data can bear. */
  batches: z.number().int().min(1).max(100_000).optional(),
  maxCollectionSize: z.number().int().min(2).default(5000).meta({ tune: false }),
  ...itemOptions,
  rate: rateOption.default(0.002),
  tableRate: tableRateOption.default(0.02),
  /**
   * Scores are cosine · count^popularity; an item that nobody had counts as one that one had. Chosen on a validation part of
   * the data when left out.
   */
  popularity: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ tune: { from: 0, to: 0.5 } }),
  fading: fadingOption.default(1),
  ...expansionOptions(0),
})

type Options = z.infer<typeof graphSageOptions>

/** Passes over the graph's edges, within what is worth while. */
const BATCHES = { passes: 10, least: 50, most: 1500 }
/** A trial that tells how much popularity counts: pages that it is judged on, and share of the batches. */
const TRIAL = { cases: 1000, share: 0.4 }

interface GraphSageColumns {
  /** Rows of length count^popularity. */
  vectors: VectorMatrix
  expansion: Csr
  /** What an item that arrives later begins with: a row, and what its content adds to it. */
  unknown: Float32Array
  contentWeight: Float32Array
  content: { tokens: IdTable; directions: VectorMatrix } | Record<string, never>
  layers: Record<string, LayerWeights>
  fading: number
  notes: string[]
}

export const graphSageSource: SourceDefinition<Options> = {
  name: 'graph-sage',
  summary:
    'Items that a network over the graph sees near the query items, by what they are and whom they are with.',
  surfaces: ['related', 'home'],
  options: graphSageOptions,
  onlyWhenNamed: true,
  followsThreads: true,
  unsuitable({ graph }, { maxCollectionSize }) {
    return teachingCollections(graph.toItems, maxCollectionSize).rows === 0
      ? 'no two items were taken together'
      : null
  },
  fit: fitSource,
  open(artefact) {
    const required = ['vectors.count', 'vectors.values', 'expansion.weights', 'unknown', 'fading']
    return openGraphSage(unpackColumns<GraphSageColumns>(artefact, 'graph-sage', required))
  },
}

async function fitSource(input: FitInput, options: Options) {
  const { dataset, graph, seed, threads, progress } = input
  const found =
    options.content > 0 ? await fitContent(dataset.catalog, options.content, seed, threads, progress) : null
  const content = found?.vectors ?? null
  const popularity = options.popularity ?? (await choosePopularity(input, options, content))
  const batches = batchesFor(graph, options)
  const { items, loss, ...rest } = await fitOn(input, { ...options, batches }, content)
  for (let item = 0; item < items.count; item++) {
    const vector = vectorAt(items, item)
    const length = Math.max(1, degree(graph.toCollections, item)) ** popularity
    for (let j = 0; j < vector.length; j++) vector[j]! *= length
  }
  return packColumns({
    vectors: items,
    expansion: await fitExpansion(input, options),
    unknown: rest.unknown,
    contentWeight: rest.contentWeight,
    content: found?.content ?? {},
    layers: Object.fromEntries(rest.layers.map((layer, k) => [`layer${k + 1}`, layer])),
    fading: options.fading,
    notes: [`popularity ${popularity}; loss ${loss.toFixed(2)} after ${batches} batches`],
  } satisfies GraphSageColumns)
}

function batchesFor(graph: ItemGraph, { batches, pairs }: Options): number {
  const wanted = Math.ceil((BATCHES.passes * graph.toItems.targets.length) / pairs)
  return batches ?? Math.min(BATCHES.most, Math.max(BATCHES.least, wanted))
}

async function fitOn(
  { graph, seed, threads, progress }: Omit<FitInput, 'dataset'>,
  options: Options & { batches: number },
  content: VectorMatrix | null,
) {
  const neighbours = await nearestItems(graph, options.neighbours, threads)
  const given = { collections: graph.toItems, neighbours, content, ids: options.ids }
  return fitGraphSage(given, options, seed, threads, progress)
}

/** The one that finds most of what a validation part of the data holds back, after a part of the batches. */
async function choosePopularity(
  input: FitInput,
  options: Options,
  content: VectorMatrix | null,
): Promise<number> {
  const { train, validation } = carveValidation(input.dataset)
  const cases = pageCases(train, validation, TRIAL.cases, input.seed)
  const graph = itemGraphOf(train)
  if (cases.length === 0 || teachingCollections(graph.toItems, options.maxCollectionSize).rows === 0)
    return POPULARITIES[0]!
  const batches = Math.ceil(TRIAL.share * batchesFor(graph, options))
  const { items } = await fitOn({ ...input, graph }, { ...options, batches }, content)
  const counts = Array.from({ length: items.count }, (_, item) => degree(graph.toCollections, item))
  return bestPopularity(items, counts, cases)
}

function openGraphSage(columns: GraphSageColumns): Source {
  const { vectors, expansion, unknown, contentWeight, fading } = columns
  const content = columns.content && 'directions' in columns.content ? (columns.content as Content) : null
  const layers = Object.keys(columns.layers)
    .sort()
    .map((name) => columns.layers[name]!)
  const search = openSearch(vectors)
  const live = new LiveVectors(vectors.dim)
  const query = openDirectionQuery(vectors, expansion, live)
  return {
    name: 'graph-sage',
    heedsCondition: true,
    propose(request, limit) {
      const asked = query(request, fadedWeights(request, fading))
      const found = search(asked, limit, leftOut(request, vectors.count))
      if (live.size === 0) return positiveOnes(found)
      return positiveOnes(
        bestOfBoth(found, live.products(asked, request.items, request.condition?.passes), limit),
      )
    },
    addItems(arrived) {
      if (content) for (const item of arrived) add(content, item)
    },
    rewordItems(changed) {
      if (content) for (const item of changed) if (live.has(item.index)) add(content, item)
    },
  }

  function add(known: Content, item: LiveItem): void {
    const made = contentOf(known, item, new Float32Array(known.directions.dim))
    live.put(item.index, embedAlone(plusProduct(unknown, made, contentWeight), layers))
  }
}
