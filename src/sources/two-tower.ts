/** @file Source `two-tower`: items whose tower points where the user's tower points (Yi et al. 2019). */

import { z } from 'zod'
import type { Artefact } from '../base/array-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { type Csr, degree, rowOf } from '../base/csr.ts'
import type { IdTable } from '../base/id-table.ts'
import { silentProgress } from '../base/progress.ts'
import type { Categories, Dataset, UserTable } from '../data/dataset.ts'
import { historiesOf } from '../data/histories.ts'
import { carveValidation } from '../data/split.ts'
import { type Content, contentOf, fitContent } from '../models/two-tower/content.ts'
import { openQuery } from '../models/two-tower/query.ts'
import { meanRecall, type RecallCase } from '../models/two-tower/recall.ts'
import {
  fitTwoTower,
  type TowerRows,
  type TwoTowerInput,
  type TwoTowerOptions,
} from '../models/two-tower/two-tower.ts'
import { type BoundSearch, openBoundSearch } from '../models/uncertainty/bound-search.ts'
import { type TowerUncertainty, towerUncertainty } from '../models/uncertainty/of-towers.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { normalise, type VectorMatrix } from '../vectors/vector-matrix.ts'
import type { Candidates } from './candidates.ts'
import { bestCandidates } from './merge.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { ResolvedRequest } from './request.ts'
import type { FitInput, LiveItem, Source, SourceDefinition } from './source.ts'

export const twoTowerOptions = z.strictObject({
  dim: z
    .number()
    .int()
    .min(16)
    .max(512)
    .multipleOf(16)
    .default(128)
    .meta({ tune: { from: 32, to: 256 } }),
  hidden: z.number().int().min(16).max(4096).default(512).meta({ tune: false }),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .meta({ tune: { from: 0, to: 0.6 } }),
  /** Chosen on a validation part of the data when left out: the higher, the more the popular is trusted. */
  temperature: z
    .number()
    .min(0.01)
    .max(2)
    .optional()
    .meta({ tune: { scale: 'log', from: 0.05, to: 1 } }),
  logQ: z.boolean().default(true).meta({ tune: false }),
  /** Whether items that nobody in the batch took up are among the candidates. */
  mixedNegatives: z.boolean().default(true).meta({ tune: false }),
  /** Users in a batch; when left out, as many as give small data steps enough. */
  batch: z.number().int().min(8).max(8192).optional(),
  candidates: z.number().int().min(64).max(65_536).default(8192).meta({ tune: false }),
  queryItems: z.number().int().min(1).max(2000).default(128).meta({ tune: false }),
  targets: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(16)
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
  /**
   * Standard deviations that a score is taken to be better than expected, on `home`: the more, the more of what few users
   * or none took up. 0 proposes what is expected to be best.
   */
  optimism: z.number().min(0).max(10).default(0).meta({ tune: false }),
})

type Options = z.infer<typeof twoTowerOptions>

/** Which codes of a request are attributes of its user. */
export const ATTRIBUTES = ['region', 'language', 'segment'] as const
export type Attribute = (typeof ATTRIBUTES)[number]

interface TwoTowerColumns {
  rows: Omit<TowerRows, 'attributes'>
  /** One matrix per attribute that the users have. */
  attributes: Partial<Record<Attribute, Float32Array>>
  content: { tokens: IdTable; directions: VectorMatrix } | Record<string, never>
  fading: number
  /** Left out without optimism. */
  uncertainty?: TowerUncertainty & { optimism: number }
  notes: string[]
}

/** Batches that large data can bear; small data stops by itself. */
const BATCHES_MOST = 8000
const EPOCHS_MOST = 30
const STEPS_LEAST = 40
const BATCH = { least: 64, most: 256 }
/** What is tried when nobody says, on so many users at most and a part of the epochs. */
const TEMPERATURES = { values: [0.1, 0.2, 0.4], users: 20_000, judges: 1000, share: 0.5 }

export const twoTowerSource: SourceDefinition<Options> = {
  name: 'two-tower',
  summary: 'Items that a network expects a user with this history to take up next.',
  surfaces: ['related', 'home'],
  options: twoTowerOptions,
  onlyWhenNamed: true,
  followsThreads: true,
  unsuitable({ dataset }) {
    const users = usersWithTwoItems(dataset)
    return users < BATCH.least ? `only ${users} users have two items or more` : null
  },
  async fit(input, options) {
    const { dataset, seed, threads, progress } = input
    const found =
      options.content > 0 ? await fitContent(dataset.catalog, options.content, seed, threads, progress) : null
    const temperature =
      options.temperature ?? (await chooseTemperature(input, options, found?.vectors ?? null))
    const given = inputOf(dataset, options, found?.vectors ?? null)
    const chosen = trainingOptions(given, options, temperature)
    const { recall, epochs, attributes, ...rows } = await fitTwoTower(given, chosen, seed, threads, progress)
    const { optimism } = options
    const uncertainty =
      optimism > 0
        ? {
            optimism,
            ...(await towerUncertainty({ ...rows, attributes }, given, temperature, seed, threads)),
          }
        : undefined
    const named = Object.fromEntries(attributesOf(dataset.users).map(({ name }, k) => [name, attributes[k]!]))
    return packColumns({
      rows,
      attributes: named,
      content: found?.content ?? {},
      fading: options.fading,
      uncertainty,
      notes: [
        `temperature ${temperature}, ${epochs} epochs; recall@100 of users who taught nothing ${recall.toFixed(3)}`,
        ...(uncertainty ? [boundNote(uncertainty)] : []),
      ],
    } satisfies TwoTowerColumns)
  },
  open(artefact) {
    const required = [
      'rows.items.count',
      'rows.items.values',
      'rows.history.values',
      'rows.unknown',
      'fading',
    ]
    return openTwoTower(unpackColumns<TwoTowerColumns>(artefact, 'two-tower', required), artefact)
  },
}

const boundNote = ({ optimism, newSigma }: TowerUncertainty & { optimism: number }) =>
  `home proposes by upper confidence bounds: ${optimism} standard deviations above the mean, of ${newSigma.toFixed(3)} for a new item`

/** Only they teach. */
export function usersWithTwoItems({ interactions: { user, item }, users }: Dataset): number {
  const first = new Int32Array(users.users.ids.length).fill(-1)
  const others = new Uint8Array(first.length)
  item.forEach((one, k) => {
    const who = user[k]!
    if (first[who] === -1) first[who] = one
    else if (first[who] !== one) others[who] = 1
  })
  return others.reduce((sum, has) => sum + has, 0)
}

/** The attributes that the users have, of more than one value. */
export function attributesOf(users: UserTable): { name: Attribute; codes: Uint32Array; values: number }[] {
  return ATTRIBUTES.map((name) => ({ name, ...valuesOf(users[name]) })).filter(({ values }) => values > 1)
}

const valuesOf = ({ codes, labels }: Categories) => ({ codes, values: labels.length })

export function inputOf(
  dataset: Dataset,
  options: Pick<Options, 'ordered' | 'ids'>,
  content: VectorMatrix | null,
): TwoTowerInput {
  const { interactions, users, catalog } = dataset
  return {
    histories: historiesOf(interactions, users.users.ids.length, catalog.items.ids.length),
    isOrdered: options.ordered && interactions.time !== null,
    attributes: attributesOf(users),
    content,
    ids: options.ids,
  }
}

function trainingOptions(
  { histories }: TwoTowerInput,
  options: Options,
  temperature: number,
): TwoTowerOptions {
  let learners = 0
  for (let user = 0; user < histories.rows; user++) if (degree(histories, user) >= 2) learners++
  const fitting = Math.floor(learners / STEPS_LEAST)
  const batch = options.batch ?? Math.min(BATCH.most, Math.max(BATCH.least, fitting))
  const affordable = Math.ceil((BATCHES_MOST * batch) / Math.max(1, learners))
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
  const later = historiesOf(validation, given.histories.rows, given.histories.columns)
  const cases = casesOf(given, later)
  const trying = progress.start('Trying temperatures', TEMPERATURES.values.length)
  let best = { temperature: TEMPERATURES.values[0]!, recall: -1 }
  for (const [k, temperature] of TEMPERATURES.values.entries()) {
    const full = trainingOptions(given, options, temperature)
    const trial = {
      ...full,
      learners: TEMPERATURES.users,
      epochs: Math.ceil(full.epochs * TEMPERATURES.share),
    }
    const recall = meanRecall(await fitTwoTower(given, trial, seed, threads, silentProgress), cases)
    if (recall > best.recall) best = { temperature, recall }
    trying.update(k + 1)
  }
  trying.end()
  return best.temperature
}

/** Users who had items before and took up new ones later. */
export function casesOf({ histories, attributes }: TwoTowerInput, later: Csr): RecallCase[] {
  const cases: RecallCase[] = []
  for (let user = 0; user < later.rows && cases.length < TEMPERATURES.judges; user++) {
    const asked = rowOf(histories, user)
    const known = new Set(asked)
    const hidden = rowOf(later, user).filter((item) => !known.has(item))
    if (asked.length === 0 || hidden.length === 0) continue
    cases.push({ asked, hidden, codes: attributes.map(({ codes }) => codes[user]!) })
  }
  return cases
}

function openTwoTower(columns: TwoTowerColumns, { arrays }: Artefact): Source {
  const { fading, uncertainty } = columns
  const { items, history, unknown, contentToItem, contentToHistory } = columns.rows
  const names = ATTRIBUTES.filter((name) => `attributes.${name}` in arrays)
  const attributes = names.map((name) => columns.attributes?.[name] as Float32Array)
  const content = columns.content && 'directions' in columns.content ? (columns.content as Content) : null
  const { count, dim } = items
  const search = searchOf(items, uncertainty)
  /** Vectors of items that arrived later, and what they add to a history. */
  const live = new Map<number, Float32Array>()
  const liveHistory = new Map<number, Float32Array>()
  const embed = openQuery({ ...columns.rows, attributes }, liveHistory)
  const unknownHistory = history.values.subarray(count * dim, (count + 1) * dim)

  return {
    name: 'two-tower',
    propose(request, limit) {
      if (request.items.length === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) }
      const query = embed(request.items, fadedWeights(request, fading), codesOf(request))
      // An item's neighbours are found by what is expected: what is unsure stays out of them.
      const bound = request.surface === 'home' ? (uncertainty?.optimism ?? 0) : 0
      const found = search(query, bound, limit, request.items)
      return live.size === 0 ? found : bestOf(found, likeLive(query, bound, request.items), limit)
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
    live.set(item.index, normalise(withProjection(unknown, made, contentToItem)))
    liveHistory.set(item.index, withProjection(unknownHistory, made, contentToHistory))
  }

  function likeLive(query: Float32Array, bound: number, asked: Uint32Array): Candidates {
    const arrived = Uint32Array.from(live.keys())
      .sort()
      .filter((item) => !asked.includes(item))
    const surplus = bound * (uncertainty?.newSigma ?? 0)
    const scores = Float32Array.from(arrived, (item) => {
      const vector = live.get(item) as Float32Array
      return vector.reduce((sum, value, j) => sum + value * query[j]!, surplus)
    })
    return { items: arrived, scores }
  }
}

/** By bounds where it is known how unsure the vectors are, else by what is expected. */
function searchOf(items: VectorMatrix, uncertainty: TowerUncertainty | undefined): BoundSearch {
  if (uncertainty) return openBoundSearch(items, uncertainty.sigma)
  const search = openSearch(items)
  return (query, _, k, excluded) => search(query, k, excluded)
}

/** row + content · weight, a new vector. */
export function withProjection(row: Float32Array, content: Float32Array, weight: Float32Array): Float32Array {
  const sum = row.slice()
  for (let k = 0, at = 0; k < content.length; k++, at += sum.length)
    for (let j = 0; j < sum.length; j++) sum[j]! += content[k]! * weight[at + j]!
  return sum
}

function bestOf(first: Candidates, second: Candidates, limit: number): Candidates {
  const items = Uint32Array.from([...first.items, ...second.items])
  const scores = Float32Array.from([...first.scores, ...second.scores])
  return bestCandidates(items, scores, limit)
}
