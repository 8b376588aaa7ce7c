/** @file Source `mixture-of-logits`: two towers whose likeness is a gated mixture of many products (Zhai et al. 2023). */

import { z } from 'zod'
import type { Artefact } from '../base/array-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import type { IdTable } from '../base/id-table.ts'
import { fitMixtureOfLogits, type MixtureModel } from '../models/mixture-of-logits/mixture-of-logits.ts'
import { openSideOfQuery } from '../models/mixture-of-logits/query.ts'
import { emptySide, openSide } from '../models/mixture-of-logits/sides.ts'
import { TwoStageSearch } from '../models/mixture-of-logits/two-stage-search.ts'
import { type Content, contentOf, fitContent } from '../models/two-tower/content.ts'
import type { TowerRows } from '../models/two-tower/tower-rows.ts'
import { plusProduct } from '../models/vector-times-matrix.ts'
import { normalise, type VectorMatrix } from '../vectors/vector-matrix.ts'
import { leftOut } from './left-out.ts'
import { fadedWeights } from './query-weights.ts'
import type { ResolvedRequest } from './request.ts'
import type { LiveItem, Source, SourceDefinition } from './source.ts'
import { type Attribute, namedAttributes, openCodes, usersWithTwoItems } from './tower-data.ts'
import {
  candidatesOption,
  dropoutOption,
  hasWhatSolves,
  NOTHING_SOLVES,
  targetsOption,
  towerOptions,
} from './tower-options.ts'
import { fitSettled, judgedNote, type Training } from './tower-training.ts'
import { dimOption } from './vector-options.ts'

export const mixtureOfLogitsSourceOptions = z
  .strictObject({
    ...towerOptions,
    dim: dimOption(128, { from: 32, to: 256 }),
    candidates: candidatesOption.default(1024),
    targets: targetsOption.default(32),
    /** Vectors that each tower's output is cut into; every vector of a user meets every one of an item. */
    // Not searched: most numbers do not divide most lengths.
    vectors: z.number().int().min(1).max(16).default(4).meta({ tune: false }),
    /** Width of the hidden layers of the gates. */
    gateHidden: z.number().int().min(4).max(256).default(16).meta({ tune: false }),
    gateDropout: dropoutOption.default(0.1),
    /** Length of the vectors by which the first stage finds what the mixture scores. */
    first: z.number().int().min(8).max(256).multipleOf(8).default(64).meta({ tune: false }),
    /** Of the first stage's loss beside the mixture's. */
    firstWeight: z.number().min(0.01).max(10).default(0.5).meta({ tune: false }),
    /** Items that the first stage leaves to the mixture; no more are ever proposed. */
    survivors: z.number().int().min(100).max(1_000_000).default(10_000).meta({ tune: false }),
  })
  .refine(({ dim, vectors }) => dim % (4 * vectors) === 0, {
    path: ['vectors'],
    error: 'dim must be a multiple of 4 · vectors',
  })
  .refine(hasWhatSolves, NOTHING_SOLVES)

type Options = z.infer<typeof mixtureOfLogitsSourceOptions>

interface MixtureColumns extends Omit<MixtureModel, 'rows'> {
  rows: Omit<TowerRows, 'items' | 'attributes'>
  /** One matrix per attribute that the users have. */
  attributes: Partial<Record<Attribute, Float32Array>>
  content: { tokens: IdTable; directions: VectorMatrix } | Record<string, never>
  survivors: number
  fading: number
  notes: string[]
}

type OwnColumns = 'content' | 'survivors' | 'fading'

const TRAINING: Training<Options, MixtureModel> = {
  effort: {
    batchesMost: 8000,
    batch: { least: 16, most: 64 },
    temperatures: { values: [0.1, 0.3, 1], share: 0.3 },
    rates: [
      { rate: 0.001, tableRate: 0.002 },
      { rate: 0.0003, tableRate: 0.0006 },
    ],
    dims: [128],
    poolings: ['sum'],
  },
  fit: fitMixtureOfLogits,
}

export const mixtureOfLogitsSource: SourceDefinition<Options> = {
  name: 'mixture-of-logits',
  summary: 'Items that a network expects next, by a likeness richer than a product of two vectors.',
  surfaces: ['related', 'home'],
  options: mixtureOfLogitsSourceOptions,
  onlyWhenNamed: true,
  followsThreads: true,
  unsuitable({ dataset }) {
    const users = usersWithTwoItems(dataset)
    return users < TRAINING.effort.batch.most ? `only ${users} users have two items or more` : null
  },
  async fit(input, options) {
    const { dataset, seed, threads, progress } = input
    const words =
      options.content > 0 ? await fitContent(dataset.catalog, options.content, seed, threads, progress) : null
    const { fitted, found } = await fitSettled(input, options, words?.vectors ?? null, TRAINING)
    const { recall: _, epochs, rows, ...model } = fitted
    const { attributes, ...towers } = rows
    return packColumns({
      ...model,
      rows: towers,
      attributes: namedAttributes(dataset.users, attributes),
      content: words?.content ?? {},
      survivors: options.survivors,
      fading: options.fading,
      notes: [judgedNote(found, epochs)],
    } satisfies MixtureColumns)
  },
  open: openMixture,
}

/** What a fit left, for serving and for those who look into it. */
export function mixtureOf(
  artefact: Artefact,
): MixtureModel & Pick<MixtureColumns, OwnColumns> & { codesOf(request: ResolvedRequest): number[] } {
  const required = ['rows.history.values', 'sides.vectors.values', 'mixture.dim', 'survivors', 'fading']
  const columns = unpackColumns<MixtureColumns>(artefact, 'mixture-of-logits', required)
  const { matrices, codesOf } = openCodes(columns.attributes, columns.mixture.dim)
  return { ...columns, rows: { ...columns.rows, attributes: matrices }, codesOf }
}

function openMixture(artefact: Artefact): Source {
  const model = mixtureOf(artefact)
  const { fading, survivors, mixture, sides, itemSide, codesOf } = model
  const { history, unknown, contentToItem, contentToHistory } = model.rows
  const { dim } = mixture
  const content = model.content && 'directions' in model.content ? (model.content as Content) : null
  const search = new TwoStageSearch(mixture, sides, survivors)
  /** What items that arrived later add to a history. */
  const liveHistory = new Map<number, Float32Array>()
  const sideOf = openSideOfQuery(model, liveHistory)
  const itemSideOf = openSide(itemSide)
  const unknownHistory = history.values.subarray((history.count - 1) * dim, history.count * dim)

  return {
    name: 'mixture-of-logits',
    heedsCondition: true,
    propose(request, limit) {
      if (request.items.length === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) }
      const user = sideOf(request.items, fadedWeights(request, fading), codesOf(request))
      return search.search(user, limit, leftOut(request, search.rows))
    },
    addItems(arrived) {
      if (content) for (const item of arrived) add(content, item)
    },
    rewordItems(changed) {
      if (content) for (const item of changed) if (liveHistory.has(item.index)) add(content, item)
    },
  }

  function add(known: Content, item: LiveItem): void {
    const made = contentOf(known, item, new Float32Array(known.directions.dim))
    const tower = normalise(plusProduct(unknown, made, contentToItem))
    search.put(item.index, itemSideOf(tower, emptySide(itemSide, dim)))
    liveHistory.set(item.index, plusProduct(unknownHistory, made, contentToHistory))
  }
}
