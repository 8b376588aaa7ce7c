/** @file Fits a mixture of logits over two towers on histories, and keeps what serving needs. */

import type { Progress } from '../../base/progress.ts'
import { workerModule } from '../../base/worker-module.ts'
import { batchesFromWorkers } from '../../nn/batches.ts'
import { EmbeddingTable } from '../../nn/embedding-table.ts'
import { adamW } from '../../nn/optimisers/adam.ts'
import { linearDecay } from '../../nn/schedule.ts'
import { Trainer } from '../../nn/trainer.ts'
import type { Weights } from '../../nn/weights.ts'
import { batchCount, type TwoTowerExamples } from '../two-tower/batches.ts'
import type { RecallCase } from '../two-tower/recall.ts'
import {
  casesOf,
  collectRows,
  divideUsers,
  shareOf,
  type TowerRows,
  type TwoTowerInput,
  type TwoTowerOptions,
} from '../two-tower/two-tower.ts'
import { bestOfAll, openScorer } from './exhaustive.ts'
import { type MixtureOptions, mixtureGraph } from './graph.ts'
import { openSideOfQuery } from './query.ts'
import type { Mixture } from './scorer.ts'
import { type Perceptron, type Sides, type SideWeights, sidesOf } from './sides.ts'

export type MixtureOfLogitsOptions = TwoTowerOptions &
  Pick<MixtureOptions, 'vectors' | 'gateHidden' | 'gateDropout' | 'first' | 'firstWeight'>

/** What serving needs. */
export interface MixtureModel {
  /** The towers; items stand in `sides`. */
  rows: Omit<TowerRows, 'items'>
  mixture: Mixture
  userSide: SideWeights
  itemSide: SideWeights
  /** Of all items. */
  sides: Sides
}

/** And what the judges said, for reports. */
export interface FittedMixture extends MixtureModel {
  recall: number
  epochs: number
}

/** Items that the judges look at. */
const DEPTH = 100

export async function fitMixtureOfLogits(
  given: TwoTowerInput,
  options: MixtureOfLogitsOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<FittedMixture> {
  const { histories, content, attributes } = given
  const { learners, judges } = divideUsers(histories, options.learners ?? Number.POSITIVE_INFINITY, seed)
  const cases = casesOf(given, judges, seed)
  const graph = mixtureGraph({
    ...options,
    content: content?.dim ?? 0,
    attributes: attributes.map(({ values }) => values),
  })
  const deviation = given.ids ? 1 / Math.sqrt(options.dim) : 0
  const table = (k: number) =>
    new EmbeddingTable(histories.columns + 1, options.dim, { optimiser: 'adam', deviation, seed: seed + k })
  const tables = { ids: table(1), history: table(2) }
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
  const trainer = await Trainer.open(graph.loss, {
    optimiser: adamW(),
    rate: options.rate,
    tableRate: given.ids ? options.tableRate : 0,
    schedule: linearDecay(count * options.epochs, 0, 0.1),
    seed,
    threads,
    tables: [
      { input: graph.towers.query, table: tables.history, isBag: true },
      { input: graph.towers.candidate, table: tables.ids },
    ],
  })
  const batches = workerModule(import.meta.url, '../two-tower/batches-worker')
  const source = batchesFromWorkers(batches, examples, { count, threads: 1 })
  const built = async (weights: Weights) => {
    const rows = await collectRows(weights, tables, given, options, examples.popularity, threads)
    return modelOf(rows, weights, options)
  }
  try {
    const report = await trainer.fit(source, {
      epochs: options.epochs,
      patience: options.patience,
      title: 'Training mixture of logits',
      progress,
      evaluate: async (weights) => meanRecall(await built(weights), cases),
    })
    const recall = report.values[report.best] ?? 0
    return { ...(await built(trainer.weights)), recall, epochs: report.epochs }
  } finally {
    await source.close?.()
    await trainer.close()
  }
}

function modelOf(
  { items, ...rows }: TowerRows,
  weights: Weights,
  { dim, vectors, temperature, first }: MixtureOfLogitsOptions,
): MixtureModel {
  const copy = (name: string, length: number) => weights.get(name)?.slice() ?? new Float32Array(length)
  const gate = (side: string): Perceptron => ({
    firstWeight: copy(`mixture/${side}/0/weight`, 0),
    firstBias: copy(`mixture/${side}/0/bias`, 0),
    secondWeight: copy(`mixture/${side}/1/weight`, 0),
    secondBias: copy(`mixture/${side}/1/bias`, 0),
  })
  // Without a loss of its own the first stage has no weights.
  const side = (name: string): SideWeights => ({
    vectors,
    gate: gate(name),
    first: copy(`first/${name}/weight`, dim * first),
  })
  const itemSide = side('item')
  const pairGate = gate('pair')
  const shift = copy('mixture/shift', 0)
  pairGate.secondBias.forEach((bias, k) => {
    pairGate.secondBias[k] = bias + shift[k]!
  })
  return {
    rows,
    mixture: { dim, vectors, temperature, pairGate },
    userSide: side('user'),
    itemSide,
    sides: sidesOf(itemSide, items),
  }
}

/** Mean over users of recall among the first 100 of all items, without what was asked with. */
export function meanRecall(model: MixtureModel, cases: readonly RecallCase[]): number {
  const sideOf = openSideOfQuery(model)
  const scorer = openScorer(model.mixture, model.sides)
  const items = Uint32Array.from({ length: model.sides.vectors.count }, (_, item) => item)
  const scores = new Float32Array(items.length)
  let total = 0
  for (const { asked, hidden, codes } of cases) {
    const found = bestOfAll(scorer, sideOf(asked, null, codes), items, DEPTH + asked.length, scores).items
    const known = new Set(asked)
    const wanted = new Set(hidden)
    const first = found.filter((item) => !known.has(item)).subarray(0, DEPTH)
    total += first.filter((item) => wanted.has(item)).length / wanted.size
  }
  return total / Math.max(1, cases.length)
}
