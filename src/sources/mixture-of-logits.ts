/** @file Source `mixture-of-logits`: two towers whose likeness is a gated mixture of many products (Zhai et al. 2023). */

import { z } from 'zod'
import type { Artefact } from '../base/array-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { degree } from '../base/csr.ts'
import type { IdTable } from '../base/id-table.ts'
import { silentProgress } from '../base/progress.ts'
import { historiesOf } from '../data/histories.ts'
import { carveValidation } from '../data/split.ts'
import {
  fitMixtureOfLogits,
  type MixtureModel,
  type MixtureOfLogitsOptions,
  meanRecall,
} from '../models/mixture-of-logits/mixture-of-logits.ts'
import { openSideOfQuery } from '../models/mixture-of-logits/query.ts'
import { emptySide, openSide } from '../models/mixture-of-logits/sides.ts'
import { TwoStageSearch } from '../models/mixture-of-logits/two-stage-search.ts'
import { type Content, contentOf, fitContent } from '../models/two-tower/content.ts'
import type { TowerRows, TwoTowerInput } from '../models/two-tower/two-tower.ts'
import { normalise, type VectorMatrix } from '../vectors/vector-matrix.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { ResolvedRequest } from './request.ts'
import type { FitInput, LiveItem, Source, SourceDefinition } from './source.ts'
import {
  ATTRIBUTES,
  type Attribute,
  attributesOf,
  casesOf,
  inputOf,
  usersWithTwoItems,
  withProjection,
} from './two-tower.ts'

export const mixtureOfLogitsSourceOptions = z
  .strictObject({
    dim: z
      .number()
      .int()
      .min(16)
      .max(512)
      .multipleOf(16)
      .default(128)
      .meta({ tune: { from: 32, to: 256 } }),
    /** Vectors that each tower's output is cut into; every vector of a user meets every one of an item. */
    vectors: z
      .number()
      .int()
      .min(1)
      .max(16)
      .default(4)
      .meta({ tune: { from: 1, to: 8 } }),
    hidden: z.number().int().min(16).max(4096).default(512).meta({ tune: false }),
    /** Width of the hidden layers of the gates. */
    gateHidden: z.number().int().min(4).max(256).default(16).meta({ tune: false }),
    dropout: z
      .number()
      .min(0)
      .max(0.9)
      .default(0)
      .meta({ tune: { from: 0, to: 0.6 } }),
    gateDropout: z
      .number()
      .min(0)
      .max(0.9)
      .default(0.1)
      .meta({ tune: { from: 0, to: 0.5 } }),
    /** Chosen on a validation part of the data when left out: the higher, the more the popular is trusted. */
    temperature: z
      .number()
      .min(0.01)
      .max(2)
      .optional()
      .meta({ tune: { scale: 'log', from: 0.05, to: 1 } }),
    logQ: z.boolean().default(true).meta({ tune: false }),
    mixedNegatives: z.boolean().default(true).meta({ tune: false }),
    /** Length of the vectors by which the first stage finds what the mixture scores. */
    first: z.number().int().min(8).max(256).multipleOf(8).default(64).meta({ tune: false }),
    /** Of the first stage's loss beside the mixture's. */
    firstWeight: z.number().min(0.01).max(10).default(0.5).meta({ tune: false }),
    /** Items that the first stage leaves to the mixture; no more are ever proposed. */
    survivors: z.number().int().min(100).max(1_000_000).default(10_000).meta({ tune: false }),
    /** Users in a batch; when left out, as many as give small data steps enough. */
    batch: z.number().int().min(8).max(8192).optional(),
    candidates: z.number().int().min(64).max(65_536).default(1024).meta({ tune: false }),
    queryItems: z.number().int().min(1).max(2000).default(128).meta({ tune: false }),
    targets: z
      .number()
      .int()
      .min(1)
      .max(256)
      .default(32)
      .meta({ tune: { scale: 'log', from: 4, to: 64 } }),
    /** Whether what comes later is learned from what came before, or any item from the others. */
    ordered: z.boolean().default(false),
    /** Length of what items are made of: their words and tags; 0 leaves it out. */
    content: z
      .number()
      .int()
      .min(0)
      .max(1024)
      .default(128)
      .meta({ tune: { from: 32, to: 512 } }),
    /** Whether items have rows of their own. */
    ids: z.boolean().default(true).meta({ tune: false }),
    /** Share of candidates whose id is hidden in training, so that new items can be judged by their content. */
    hiddenIds: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .meta({ tune: { from: 0, to: 0.5 } }),
    epochs: z.number().int().min(1).max(1000).optional(),
    patience: z.number().int().min(1).max(100).default(4).meta({ tune: false }),
    rate: z
      .number()
      .min(1e-5)
      .max(0.1)
      .default(0.001)
      .meta({ tune: { scale: 'log', from: 1e-4, to: 0.01 } }),
    tableRate: z
      .number()
      .min(1e-4)
      .max(1)
      .default(0.02)
      .meta({ tune: { scale: 'log', from: 0.002, to: 0.1 } }),
    fading: fadingOption.default(1),
  })
  .refine(({ dim, vectors }) => dim % (4 * vectors) === 0, {
    path: ['vectors'],
    error: 'dim must be a multiple of 4 · vectors',
  })

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

/** Steps that large data can bear; small data stops by itself. */
const STEPS_MOST = 8000
const EPOCHS_MOST = 30
const STEPS_LEAST = 40
const BATCH = { least: 16, most: 64 }
/** What is tried when nobody says, on so many users at most and a part of the epochs. */
const TEMPERATURES = { values: [0.1, 0.3, 1], users: 20_000, share: 0.3 }

export const mixtureOfLogitsSource: SourceDefinition<Options> = {
  name: 'mixture-of-logits',
  summary: 'Items that a network expects next, by a likeness richer than a product of two vectors.',
  surfaces: ['related', 'home'],
  options: mixtureOfLogitsSourceOptions,
  onlyWhenNamed: true,
  followsThreads: true,
  unsuitable({ dataset }) {
    const users = usersWithTwoItems(dataset)
    return users < BATCH.most ? `only ${users} users have two items or more` : null
  },
  async fit(input, options) {
    const { dataset, seed, threads, progress } = input
    const found =
      options.content > 0 ? await fitContent(dataset.catalog, options.content, seed, threads, progress) : null
    const temperature =
      options.temperature ?? (await chooseTemperature(input, options, found?.vectors ?? null))
    const given = inputOf(dataset, options, found?.vectors ?? null)
    const chosen = trainingOptions(given, options, temperature)
    const { recall, epochs, rows, ...model } = await fitMixtureOfLogits(
      given,
      chosen,
      seed,
      threads,
      progress,
    )
    const { attributes, ...towers } = rows
    const named = Object.fromEntries(attributesOf(dataset.users).map(({ name }, k) => [name, attributes[k]!]))
    return packColumns({
      ...model,
      rows: towers,
      attributes: named,
      content: found?.content ?? {},
      survivors: options.survivors,
      fading: options.fading,
      notes: [
        `temperature ${temperature}, ${epochs} epochs; recall@100 of users who taught nothing ${recall.toFixed(3)}`,
      ],
    } satisfies MixtureColumns)
  },
  open: openMixture,
}

/** What a fit left, for serving and for those who look into it. */
export function mixtureOf(artefact: Artefact): MixtureModel & Pick<MixtureColumns, OwnColumns> {
  const required = ['rows.history.values', 'sides.vectors.values', 'mixture.dim', 'survivors', 'fading']
  const columns = unpackColumns<MixtureColumns>(artefact, 'mixture-of-logits', required)
  const attributes = ATTRIBUTES.flatMap((name) => columns.attributes?.[name] ?? [])
  return { ...columns, rows: { ...columns.rows, attributes } }
}

function trainingOptions(
  { histories }: TwoTowerInput,
  options: Options,
  temperature: number,
): MixtureOfLogitsOptions {
  let learners = 0
  for (let user = 0; user < histories.rows; user++) if (degree(histories, user) >= 2) learners++
  const fitting = Math.floor(learners / STEPS_LEAST)
  const batch = options.batch ?? Math.min(BATCH.most, Math.max(BATCH.least, fitting))
  const affordable = Math.ceil((STEPS_MOST * batch) / Math.max(1, learners))
  return { ...options, temperature, batch, epochs: options.epochs ?? Math.min(EPOCHS_MOST, affordable) }
}

/** The temperature with the best recall of what a validation part of the data holds back. */
async function chooseTemperature(
  { dataset, seed, threads, progress }: FitInput,
  options: Options,
  content: VectorMatrix | null,
): Promise<number> {
  const { train, validation } = carveValidation(dataset)
  const given = inputOf(train, options, content)
  const cases = casesOf(given, historiesOf(validation, given.histories.rows, given.histories.columns))
  const trying = progress.start('Trying temperatures', TEMPERATURES.values.length)
  let best = { temperature: TEMPERATURES.values[0]!, recall: -1 }
  for (const [k, temperature] of TEMPERATURES.values.entries()) {
    const full = trainingOptions(given, options, temperature)
    const epochs = Math.ceil(full.epochs * TEMPERATURES.share)
    const trial = { ...full, learners: TEMPERATURES.users, epochs }
    const recall = meanRecall(await fitMixtureOfLogits(given, trial, seed, threads, silentProgress), cases)
    if (recall > best.recall) best = { temperature, recall }
    trying.update(k + 1)
  }
  trying.end()
  return best.temperature
}

function openMixture(artefact: Artefact): Source {
  const model = mixtureOf(artefact)
  const { fading, survivors, mixture, sides, itemSide } = model
  const names = ATTRIBUTES.filter((name) => `attributes.${name}` in artefact.arrays)
  const { history, attributes, unknown, contentToItem, contentToHistory } = model.rows
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
    propose(request, limit) {
      if (request.items.length === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) }
      const user = sideOf(request.items, fadedWeights(request, fading), codesOf(request))
      return search.search(user, limit, request.items)
    },
    addItems(arrived) {
      if (content) for (const item of arrived) add(content, item)
    },
  }

  function codesOf(request: ResolvedRequest): number[] {
    return names.map((name, k) => {
      const code = request[name]
      return (code + 1) * dim <= attributes[k]!.length ? code : 0
    })
  }

  function add(known: Content, item: LiveItem): void {
    const made = contentOf(known, item, new Float32Array(known.directions.dim))
    const tower = normalise(withProjection(unknown, made, contentToItem))
    search.put(item.index, itemSideOf(tower, emptySide(itemSide, dim)))
    liveHistory.set(item.index, withProjection(unknownHistory, made, contentToHistory))
  }
}
