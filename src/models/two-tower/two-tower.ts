/** @file Fits the two-tower model on histories, and keeps what serving needs: vectors of items, what they add to a user. */

import { type Csr, degree, rowOf } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { createRandom, shuffle } from '../../base/random.ts'
import { sharedFloat32, sharedUint32 } from '../../base/shared.ts'
import { workerModule } from '../../base/worker-module.ts'
import { batchesFromWorkers } from '../../nn/batches.ts'
import { EmbeddingTable } from '../../nn/embedding-table.ts'
import { adamW } from '../../nn/optimisers/adam.ts'
import { linearDecay } from '../../nn/schedule.ts'
import { Trainer } from '../../nn/trainer.ts'
import type { Weights } from '../../nn/weights.ts'
import { normalise, type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { type BatchOptions, batchCount, type TwoTowerExamples } from './batches.ts'
import { addProjected } from './projected.ts'
import { meanRecall, type RecallCase } from './recall.ts'
import { makeTowers } from './towers.ts'
import type { UserTower } from './user-tower.ts'

export interface TwoTowerOptions extends BatchOptions {
  dim: number
  /** Width of the hidden layer of the user's tower. */
  hidden: number
  dropout: number
  temperature: number
  /** Whether scores are corrected by how likely an item is a candidate (Yi et al. 2019). */
  logQ: boolean
  epochs: number
  /** Users that teach at most, a seeded sample; all when left out. */
  learners?: number
  /** Epochs without a better recall on users that teach nothing before it stops. */
  patience: number
  rate: number
  tableRate: number
}

export interface TwoTowerInput {
  /** Users × items, distinct, oldest first. */
  histories: Csr
  /** Whether what comes later is to be found by what came before. */
  isOrdered: boolean
  /** Codes and number of values of each attribute of users. */
  attributes: readonly { codes: Uint32Array; values: number }[]
  /** What items are made of; null when nothing is known. */
  content: VectorMatrix | null
  /** Whether items have rows of their own; without them they are what they are made of. */
  ids: boolean
}

/** What serving needs. */
export interface TwoTower {
  /** items × dim, of length 1. */
  items: VectorMatrix
  /** (items + 1) × dim: what a query item adds to a history; the last row is that of an item without an id of its own. */
  history: VectorMatrix
  /** The row of an item without an id of its own, before its content is added. */
  unknown: Float32Array
  /** content × dim, row-major: from content to item and to history. */
  contentToItem: Float32Array
  contentToHistory: Float32Array
  /** One matrix values × dim per attribute. */
  attributes: Float32Array[]
  user: UserTower
  /** What the judges said, for reports. */
  recall: number
  epochs: number
}

export type TowerRows = Omit<TwoTower, 'recall' | 'epochs'>

const LEAST_HISTORY = 2
/** Users that teach nothing, whose later items tell when to stop. */
const JUDGES = { share: 0.05, most: 1000 }

export async function fitTwoTower(
  given: TwoTowerInput,
  options: TwoTowerOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<TwoTower> {
  const { histories, content, attributes } = given
  const items = histories.columns
  const { learners, judges } = divideUsers(histories, options.learners ?? Number.POSITIVE_INFINITY, seed)
  const cases = casesOf(given, judges, seed)
  const towers = makeTowers({
    ...options,
    content: content?.dim ?? 0,
    attributes: attributes.map(({ values }) => values),
  })
  const table = (k: number, deviation: number) =>
    new EmbeddingTable(items + 1, options.dim, { optimiser: 'adam', deviation, seed: seed + k })
  const deviation = given.ids ? 1 / Math.sqrt(options.dim) : 0
  const tables = { ids: table(1, deviation), history: table(2, deviation) }
  const examples: TwoTowerExamples = {
    ...options,
    hiddenIds: given.ids ? options.hiddenIds : 1,
    histories,
    learners,
    isOrdered: given.isOrdered,
    popularity: shareOf(histories, learners),
    batch: Math.min(options.batch, learners.length),
    attributes: attributes.map(({ codes }) => codes),
    content,
    seed,
  }
  const count = batchCount(examples)
  const trainer = await Trainer.open(towers.loss, {
    optimiser: adamW(),
    rate: options.rate,
    tableRate: given.ids ? options.tableRate : 0,
    schedule: linearDecay(count * options.epochs, 0, 0.1),
    seed,
    threads,
    tables: [
      { input: towers.query, table: tables.history, isBag: true },
      { input: towers.candidate, table: tables.ids },
    ],
  })
  const source = batchesFromWorkers(workerModule(import.meta.url, './batches-worker'), examples, {
    count,
    threads: 1,
  })
  const built = (weights: Weights) =>
    collectRows(weights, tables, given, options, examples.popularity, threads)
  try {
    const report = await trainer.fit(source, {
      epochs: options.epochs,
      patience: options.patience,
      title: 'Training two-tower',
      progress,
      evaluate: async (weights) => meanRecall(await built(weights), cases),
    })
    return {
      ...(await built(trainer.weights)),
      recall: report.values[report.best] ?? 0,
      epochs: report.epochs,
    }
  } finally {
    await source.close?.()
    await trainer.close()
  }
}

/** A few users judge, all others with enough items teach. */
export function divideUsers(histories: Csr, most: number, seed: number) {
  const users = Uint32Array.from({ length: histories.rows }, (_, user) => user).filter(
    (user) => degree(histories, user) >= LEAST_HISTORY,
  )
  shuffle(users, createRandom(seed, 1))
  const count = Math.min(JUDGES.most, Math.floor(JUDGES.share * users.length))
  const learners = sharedUint32(Math.min(most, users.length - count))
  learners.set(users.subarray(count, count + learners.length))
  return { learners, judges: users.subarray(0, count) }
}

/** Share of all that these users had that falls on each item. */
export function shareOf(histories: Csr, users: Uint32Array): Float32Array {
  const share = sharedFloat32(histories.columns)
  let total = 0
  for (const user of users) {
    for (let k = histories.offsets[user]!; k < histories.offsets[user + 1]!; k++, total++)
      share[histories.targets[k]!]!++
  }
  for (let item = 0; item < share.length; item++) share[item]! /= Math.max(1, total)
  return share
}

/** Rows as they are now, joined with what items are made of. */
export async function collectRows(
  weights: Weights,
  tables: { ids: EmbeddingTable; history: EmbeddingTable },
  { content, attributes, histories }: TwoTowerInput,
  { dim, hidden }: Pick<TwoTowerOptions, 'dim' | 'hidden'>,
  popularity: Float32Array,
  threads: number,
): Promise<TowerRows> {
  const rows = histories.columns + 1
  const contentToItem = weights.get('item/content/weight') ?? new Float32Array(0)
  const contentToHistory = weights.get('user/content/weight') ?? new Float32Array(0)
  const isWarm = new Uint8Array(rows)
  popularity.forEach((share, item) => {
    if (share > 0) isWarm[item] = 1
  })
  /** The rows; an item that nobody had gets the one of unknown ids, its own has learned nothing. */
  const copyOf = (values: Float32Array): VectorMatrix => {
    const copy = vectorMatrix(rows, dim)
    copy.values.set(values)
    const unknown = vectorAt(copy, rows - 1)
    for (let row = 0; row < rows; row++) if (isWarm[row] === 0) vectorAt(copy, row).set(unknown)
    return copy
  }
  const history = await addProjected(copyOf(tables.history.values), content, contentToHistory, threads)
  const items = await addProjected(copyOf(tables.ids.values), content, contentToItem, threads)
  for (let row = 0; row < rows; row++) normalise(vectorAt(items, row))
  return {
    unknown: vectorAt(copyOf(tables.ids.values), rows - 1).slice(),
    items: { ...items, count: rows - 1 },
    history,
    contentToItem,
    contentToHistory,
    attributes: attributes.map((_, k) => weights.get(`user/attribute/${k}`)!.slice()),
    user: {
      dim,
      hidden,
      firstWeight: weights.get('user/0/weight')!.slice(),
      firstBias: weights.get('user/0/bias')!.slice(),
      secondWeight: weights.get('user/1/weight')!.slice(),
      secondBias: weights.get('user/1/bias')!.slice(),
    },
  }
}

/** A half of each judge's items is asked with, the other one hidden: the later one where time counts. */
export function casesOf(
  { histories, isOrdered, attributes }: TwoTowerInput,
  judges: Uint32Array,
  seed: number,
): RecallCase[] {
  return Array.from(judges, (user, k) => {
    const own = rowOf(histories, user).slice()
    if (!isOrdered) shuffle(own, createRandom(seed, 2 + k))
    const cut = Math.ceil(own.length / 2)
    const codes = attributes.map((attribute) => attribute.codes[user]!)
    return { asked: own.subarray(0, cut), hidden: own.subarray(cut), codes }
  })
}
