/** @file Trains two towers and whatever likeness of theirs a loss is made of. */

import { type Csr, degree, rowOf } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { createRandom, shuffle } from '../../base/random.ts'
import { sharedFloat32, sharedUint32 } from '../../base/shared.ts'
import { workerModule } from '../../base/worker-module.ts'
import { batchesFromWorkers } from '../../nn/batches.ts'
import { adamW } from '../../nn/optimisers/adam.ts'
import { linearDecay } from '../../nn/schedule.ts'
import type { Tensor } from '../../nn/tensor.ts'
import { Trainer } from '../../nn/trainer.ts'
import type { Weights } from '../../nn/weights.ts'
import { batchCount, type TwoTowerExamples } from './batches.ts'
import { type FirstTables, setFirstRows } from './first-rows.ts'
import { itemNeighbours } from './item-neighbours.ts'
import { beginWith, itemTables } from './item-tables.ts'
import type { RecallCase } from './recall.ts'
import { setSolvedRows } from './solved-rows.ts'
import type { Solving } from './solved-weights.ts'
import { collectRows, type TowerRows } from './tower-rows.ts'
import type { Towers } from './towers.ts'
import type { TwoTowerInput, TwoTowerOptions } from './training-input.ts'

/** What the judges said. */
export interface Judged {
  /** 0 without judges. */
  recall: number
  /** Of which the weights are. */
  epochs: number
}

export interface Likeness<Model> {
  /** Shown while it trains. */
  title: string
  towers: Towers
  loss: Tensor
  /** What serving needs, from the towers' rows and the other weights. */
  model(rows: TowerRows, weights: Weights): Model
  /** Mean recall over cases: says when to stop. */
  recall(model: Model, cases: readonly RecallCase[]): number | Promise<number>
}

const LEAST_HISTORY = 2
/** Users that teach nothing, whose later items tell when to stop. */
const JUDGES = { share: 0.05, most: 1000 }

export async function trainTowers<Model>(
  given: TwoTowerInput,
  options: TwoTowerOptions,
  { title, towers, loss, model, recall }: Likeness<Model>,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<Model & Judged> {
  const { histories, content, attributes, ids } = given
  const { dim, rate, epochs, patience } = options
  const isKnown = given.judged !== undefined || options.stopAfter !== undefined
  const { learners, judges } = divideUsers(histories, isKnown ? 0 : JUDGES.share, seed, options.learners)
  const cases = given.judged ?? casesOf(given, judges, seed)
  const tables = itemTables(histories.columns, dim, ids, seed, options.rows)
  const popularity = shareOf(histories, learners)
  let solving: Solving | undefined
  if (ids && options.pretrained) {
    const set = async (rows: FirstTables): Promise<Solving | undefined> => {
      if (options.pooling === 'solved')
        return setSolvedRows(rows, histories, learners, seed, threads, progress)
      await setFirstRows(rows, histories, learners, seed, threads, progress)
      return undefined
    }
    solving = await beginWith(tables, histories.columns, popularity, set)
  }
  const examples: TwoTowerExamples = {
    ...options,
    hiddenIds: ids ? options.hiddenIds : 1,
    histories,
    learners,
    isOrdered: given.isOrdered,
    popularity,
    batch: Math.min(options.batch, learners.length),
    attributes: attributes.map(({ codes }) => codes),
    conditions: given.conditions,
    content,
    solving,
    neighbours: options.hardNegatives > 0 ? await itemNeighbours(histories, learners, threads) : null,
    seed,
  }
  const count = batchCount(examples)
  const trainer = await Trainer.open(loss, {
    optimiser: adamW(),
    rate,
    tableRate: ids ? options.tableRate : 0,
    schedule: linearDecay(count * epochs, 0, 0.1),
    seed,
    threads,
    tables: [
      { input: towers.query, ...tables.history, isBag: options.pooling !== 'attention' },
      { input: towers.candidate, ...tables.ids },
    ],
  })
  const batches = workerModule(import.meta.url, './batches-worker')
  const source = batchesFromWorkers(batches, examples, { count, threads: 1 })
  const built = async (weights: Weights) => {
    const rows = await collectRows(weights, tables, given, options, popularity, threads)
    return model({ ...rows, solving }, weights)
  }
  try {
    const report = await trainer.fit(source, {
      epochs: options.stopAfter ?? epochs,
      ...{ patience, title, progress },
      evaluate: options.stopAfter ? undefined : async (weights) => recall(await built(weights), cases),
    })
    const fitted = await built(trainer.weights)
    const kept = report.best === -1 ? report.epochs : report.best + 1
    return { ...fitted, recall: report.values[report.best] ?? 0, epochs: kept }
  } finally {
    await source.close?.()
    await trainer.close()
  }
}

/** A share of the users judges, all others with enough items teach, up to `most`. */
function divideUsers(histories: Csr, share: number, seed: number, most = Number.POSITIVE_INFINITY) {
  const users = Uint32Array.from({ length: histories.rows }, (_, user) => user).filter(
    (user) => degree(histories, user) >= LEAST_HISTORY,
  )
  shuffle(users, createRandom(seed, 1))
  const count = Math.min(JUDGES.most, Math.floor(share * users.length))
  const learners = sharedUint32(Math.min(most, users.length - count))
  learners.set(users.subarray(count, count + learners.length))
  return { learners, judges: users.subarray(0, count) }
}

/** Share of all that these users had that falls on each item. */
function shareOf(histories: Csr, users: Uint32Array): Float32Array {
  const share = sharedFloat32(histories.columns)
  let total = 0
  for (const user of users) {
    for (let k = histories.offsets[user]!; k < histories.offsets[user + 1]!; k++, total++)
      share[histories.targets[k]!]!++
  }
  for (let item = 0; item < share.length; item++) share[item]! /= Math.max(1, total)
  return share
}

/** A half of each judge's items is asked with, the other one hidden: the later one where time counts. */
function casesOf(
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
