/** @file Source `two-tower`: items whose tower points where the user's tower points (Yi et al. 2019). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { hashedNormal } from '../base/hashed-normal.ts'
import type { IdTable } from '../base/id-table.ts'
import type { Catalog } from '../data/dataset.ts'
import { type Content, contentOf, fitContent } from '../models/two-tower/content.ts'
import { openInterests } from '../models/two-tower/query.ts'
import type { TowerRows } from '../models/two-tower/tower-rows.ts'
import { fitTwoTower } from '../models/two-tower/two-tower.ts'
import { type TowerUncertainty, towerUncertainty } from '../models/uncertainty/of-towers.ts'
import {
  EXPLORATIONS,
  type Exploration,
  type OptimisticSearch,
  openOptimisticSearch,
} from '../models/uncertainty/optimistic-search.ts'
import { plusProduct } from '../models/vector-times-matrix.ts'
import { LiveVectors } from '../vectors/live-vectors.ts'
import { isPacked, type KeptRows, openRows, unpackRows } from '../vectors/packed-rows.ts'
import { openPackedSearch } from '../vectors/packed-search.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { normalise, type VectorMatrix } from '../vectors/vector-matrix.ts'
import { type Candidates, emptyCandidates } from './candidates.ts'
import { openCommonDirection } from './common-direction.ts'
import { leftOut } from './left-out.ts'
import { bestOfAny, bestOfBoth } from './merge.ts'
import { fadedWeights } from './query-weights.ts'
import type { ResolvedRequest } from './request.ts'
import { keptNames, keptRows, rowsNotes, rowsOption } from './row-options.ts'
import type { LiveItem, Source, SourceDefinition } from './source.ts'
import {
  type Attribute,
  namedAttributes,
  openCodes,
  openConditions,
  usersWithTwoItems,
} from './tower-data.ts'
import {
  candidatesOption,
  hasWhatSolves,
  NOTHING_SOLVES,
  targetsOption,
  towerOptions,
} from './tower-options.ts'
import { fitSettled, judgedNote, type Training } from './tower-training.ts'
import { vectorLength } from './vector-options.ts'

export const twoTowerOptions = z
  .strictObject({
    ...towerOptions,
    /** Chosen on a validation part of the data when left out, as `pooling` is. */
    dim: vectorLength.meta({ tune: { from: 64, to: 384 } }).optional(),
    candidates: candidatesOption.default(8192),
    targets: targetsOption.default(16),
    /**
     * Vectors of a user, each of which weighs the history in its own way: an item is scored by the best of them, so tastes that
     * have nothing in common need no place between them. More than 1 asks for `pooling: 'attention'`, and for so many searches.
     */
    interests: z.number().int().min(1).max(8).default(1).meta({ tune: false }),
    /**
     * Standard deviations that a score is taken to be better than expected, on `home`: the more, the more of what few users
     * or none took up. 0 proposes what is expected to be best.
     */
    optimism: z.number().min(0).max(10).default(0).meta({ tune: false }),
    /**
     * How the optimism is spent: `bound` adds so many deviations to every score; `draw` draws every score anew for each
     * request, that many times as far off as it may be (Thompson sampling).
     */
    exploration: z.enum(EXPLORATIONS).default('bound').meta({ tune: false }),
    rows: rowsOption,
    /**
     * Of the users in a batch, those who are taught with a condition: that all they ask for is of the category of one of their
     * targets. Requests for one category are then answered by what their user likes in it. 0 leaves conditions out; the filter
     * holds either way.
     */
    conditions: z.number().min(0).max(1).default(0).meta({ tune: false }),
  })
  .refine(({ interests, pooling }) => interests === 1 || pooling === 'attention', {
    path: ['interests'],
    error: "more than one interest needs pooling: 'attention'",
  })
  .refine(({ rows, ids }) => ids || rows.mapping === 'full', {
    path: ['rows', 'mapping'],
    error: "without rows of items (ids: false) only 'full'",
  })
  .refine(hasWhatSolves, NOTHING_SOLVES)

type Options = z.infer<typeof twoTowerOptions>

interface TwoTowerColumns {
  rows: Omit<TowerRows, 'items' | 'history' | 'attributes'> & { items: KeptRows; history: KeptRows }
  /** One matrix per attribute that the users have. */
  attributes: Partial<Record<Attribute, Float32Array>>
  content: { tokens: IdTable; directions: VectorMatrix } | Record<string, never>
  fading: number
  /** Left out without optimism. */
  uncertainty?: TowerUncertainty & { optimism: number; exploration?: Exploration }
  notes: string[]
}

const TRAINING: Training<Options, TowerRows> = {
  effort: {
    batchesMost: 3000,
    batch: { least: 64, most: 256 },
    temperatures: { values: [0.1, 0.2, 0.4, 0.8], share: 0.3 },
    // The network hides what the rows knew where users had few items; what items are made of wants a quicker one.
    rates: [
      { rate: 0.00003, tableRate: 0.0006 },
      { rate: 0.0003, tableRate: 0.0006 },
    ],
    dims: [128, 256],
    poolings: ['sum', 'solved'],
  },
  fit: fitTwoTower,
}

export const twoTowerSource: SourceDefinition<Options> = {
  name: 'two-tower',
  summary: 'Items that a network expects a user with this history to take up next.',
  surfaces: ['related', 'home'],
  options: twoTowerOptions,
  onlyWhenNamed: true,
  followsThreads: true,
  unsuitable({ dataset }, { conditions }) {
    if (conditions > 0 && dataset.catalog.category.labels.length < 2)
      return 'items have no category to learn conditions of'
    const users = usersWithTwoItems(dataset)
    return users < TRAINING.effort.batch.least ? `only ${users} users have two items or more` : null
  },
  async fit(input, options) {
    const { dataset, seed, threads, progress } = input
    const words =
      options.content > 0 ? await fitContent(dataset.catalog, options.content, seed, threads, progress) : null
    const { fitted, given, found } = await fitSettled(input, options, words?.vectors ?? null, TRAINING)
    const { recall: _, epochs, attributes, ...rows } = fitted
    const { optimism, exploration } = options
    const uncertainty =
      optimism > 0
        ? {
            optimism,
            exploration,
            ...(await towerUncertainty({ ...rows, attributes }, given, found.temperature, seed, threads)),
          }
        : undefined
    return packColumns({
      rows: {
        ...rows,
        items: keptRows(rows.items, options.rows),
        history: keptRows(rows.history, options.rows),
      },
      attributes: namedAttributes(dataset.users, attributes),
      content: words?.content ?? {},
      fading: options.fading,
      uncertainty,
      notes: [
        judgedNote(found, epochs),
        ...rowsNotes(options.rows),
        ...(uncertainty ? [explorationNote(uncertainty)] : []),
      ],
    } satisfies TwoTowerColumns)
  },
  open(artefact, { catalog }) {
    const required = ['rows.items.count', 'rows.unknown', 'fading', ...keptNames(artefact, 'two-tower')]
    return openTwoTower(unpackColumns<TwoTowerColumns>(artefact, 'two-tower', required), catalog)
  },
}

function explorationNote({
  optimism,
  exploration,
  newSigma,
}: NonNullable<TwoTowerColumns['uncertainty']>): string {
  const how =
    exploration === 'draw'
      ? `draws from the posterior of the scores: ${optimism} standard deviations wide`
      : `upper confidence bounds: ${optimism} standard deviations above the mean`
  return `home proposes by ${how}, of ${newSigma.toFixed(3)} for a new item`
}

/** What is searched for with a vector. */
interface Wanted {
  optimism: number
  seed: number
  limit: number
  request: Pick<ResolvedRequest, 'items' | 'condition'>
  /** Rows that the request leaves out. */
  excluded: ArrayLike<number>
}

/** By what is expected, of all items. */
const EVERYTHING = { optimism: 0, seed: 0, request: { items: new Uint32Array(0) }, excluded: [] }

function openTwoTower(columns: TwoTowerColumns, { category }: Catalog): Source {
  const { fading, uncertainty } = columns
  const { items, history, unknown, contentToItem, contentToHistory } = columns.rows
  const content = columns.content && 'directions' in columns.content ? (columns.content as Content) : null
  const { count, dim } = items
  const { matrices, codesOf } = openCodes(columns.attributes, dim)
  const conditionOf = openConditions(category)
  const search = searchOf(items, uncertainty)
  /** Vectors of items that arrived later, and what they add to a history. */
  const live = new LiveVectors(dim)
  const liveHistory = new Map<number, Float32Array>()
  const rows = { count, dim, vectorOf: openRows(items) }
  const directionOf = openCommonDirection(rows, live, normalise(unknown.slice()))
  const embed = openInterests({ ...columns.rows, attributes: matrices }, liveHistory)
  const unknownHistory = openRows(history)(count)

  return {
    name: 'two-tower',
    heedsCondition: true,
    propose(request, limit) {
      if (request.items.length === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) }
      const weights = fadedWeights(request, fading)
      const interests = embed(request.items, weights, codesOf(request), conditionOf(request))
      // An item's neighbours are found by what is expected: what is unsure stays out of them.
      const optimism = request.surface === 'home' ? (uncertainty?.optimism ?? 0) : 0
      const seed = request.draw ?? request.seed
      const wanted = { optimism, seed, limit, request, excluded: leftOut(request, count) }
      return bestOfAny(
        interests.map((query) => near(query, wanted)),
        limit,
      )
    },
    search(matches, limit) {
      const query = directionOf(matches)
      return query ? near(query, { ...EVERYTHING, limit }) : emptyCandidates
    },
    addItems(arrived) {
      if (content) for (const item of arrived) add(content, item)
    },
    rewordItems(changed) {
      if (content) for (const item of changed) if (live.has(item.index)) add(content, item)
    },
  }

  /** Items of the fit and those that arrived later. */
  function near(query: Float32Array, wanted: Wanted): Candidates {
    const { optimism, seed, limit, excluded } = wanted
    const found = search(query, optimism, seed, limit, excluded)
    return live.size === 0 ? found : bestOfBoth(found, likeLive(query, wanted), limit)
  }

  function add(known: Content, item: LiveItem): void {
    const made = contentOf(known, item, new Float32Array(known.directions.dim))
    live.put(item.index, normalise(plusProduct(unknown, made, contentToItem)))
    liveHistory.set(item.index, plusProduct(unknownHistory, made, contentToHistory))
  }

  function likeLive(query: Float32Array, { optimism, seed, request }: Wanted): Candidates {
    const { items, scores } = live.products(query, request.items, request.condition?.passes)
    const surplus = optimism * (uncertainty?.newSigma ?? 0)
    if (surplus === 0) return { items, scores }
    const deviate = uncertainty?.exploration === 'draw' ? hashedNormal(seed) : () => 1
    return { items, scores: scores.map((score, k) => score + surplus * deviate(items[k]!)) }
  }
}

/** By bounds or draws where it is known how unsure the vectors are, else by what is expected. */
function searchOf(items: KeptRows, uncertainty: TwoTowerColumns['uncertainty']): OptimisticSearch {
  // Snapshots older than draws name no exploration: they were fitted for bounds.
  if (uncertainty)
    return openOptimisticSearch(unpackRows(items), uncertainty.sigma, uncertainty.exploration ?? 'bound')
  const search = isPacked(items) ? openPackedSearch(items) : openSearch(items)
  return (query, _optimism, _seed, k, excluded) => search(query, k, excluded)
}
