/**
 * @file A small two-tower model of what comes next, trained straight from a store's event log: the last items as a bag against the
 * item that was taken up. Run with a store it trains in a process of its own, so that its memory is its own, and prints JSON.
 */

import { LogStream, type LogStreamOptions } from '../src/data/log-stream.ts'
import { EmbeddingTable } from '../src/nn/embedding-table.ts'
import { exportModel } from '../src/nn/export.ts'
import { mlp } from '../src/nn/layers/mlp.ts'
import { sampledSoftmax } from '../src/nn/losses/sampled-softmax.ts'
import { unitLength } from '../src/nn/operators/normalisation.ts'
import { adamW } from '../src/nn/optimisers/adam.ts'
import { mixedNegatives } from '../src/nn/sampling/mixed-negatives.ts'
import { StreamingFrequency } from '../src/nn/sampling/streaming-frequency.ts'
import { linearDecay } from '../src/nn/schedule.ts'
import type { Dim } from '../src/nn/shape.ts'
import { input } from '../src/nn/tensor.ts'
import { Trainer } from '../src/nn/trainer.ts'
import { openStore } from '../src/store/sqlite-store.ts'

export interface LogTraining extends LogStreamOptions {
  epochs: number
  dim: number
  temperature: number
  rate: number
  tableRate: number
  isCorrected: boolean
  /** Drawn uniformly for each batch. */
  negatives: number
  threads: number
}

export interface LogTrained {
  examples: number
  seconds: number
  /** Mean loss of each epoch. */
  losses: number[]
  /** Of the whole process after each tenth, and what of it the thread declares. */
  residentMiB: number[]
  declaredMiB: number
}

export interface LogModel {
  history: EmbeddingTable
  item: EmbeddingTable
}

const PARTS = 10

/** @param towerFile where the user's tower is exported to: `history`, a bag's vector, to `vector`, of length 1 */
export async function trainOnLog(
  path: string,
  { epochs, dim, temperature, rate, tableRate, isCorrected, negatives, threads, ...log }: LogTraining,
  towerFile: string,
): Promise<LogTrained & LogModel> {
  const store = openStore(path)
  const stream = new LogStream(store, log)
  const [history, item] = ['history', 'item'].map((name) => input(name, ['batch', dim]))
  const negative = input('negative', [negatives, dim])
  const logQ = (name: string, size: Dim) => (isCorrected ? input(name, [size]) : undefined)
  const tower = mlp('user', [2 * dim, dim])
  const loss = sampledSoftmax(
    unitLength(tower(history!, true)),
    { vectors: unitLength(item!), logQ: logQ('logQ', 'batch') },
    { temperature, negatives: { vectors: unitLength(negative), logQ: logQ('negative/logQ', negatives) } },
  )
  const tables = {
    history: new EmbeddingTable(stream.items, dim, { seed: 1 }),
    item: new EmbeddingTable(stream.items, dim, { seed: 2 }),
  }
  const batches = epochs * stream.count
  const frequency = new StreamingFrequency({ slots: 2 ** 18, hashes: 2 })
  const trainer = await Trainer.open(loss, {
    optimiser: adamW(),
    ...{ rate, tableRate, threads },
    schedule: linearDecay(batches),
    seed: 1,
    tables: [
      { input: history!, table: tables.history, isBag: true },
      { input: item!, table: tables.item },
      { input: negative, table: tables.item },
    ],
    samplers: [
      mixedNegatives({ items: 'item', catalogue: stream.items, count: negatives, seed: 1, frequency }),
    ],
  })
  const residentMiB: number[] = []
  const watched = {
    update(done: number) {
      if (Math.floor((done * PARTS) / batches) > residentMiB.length)
        residentMiB.push(process.memoryUsage.rss() / 2 ** 20)
    },
    end() {},
  }
  try {
    const start = performance.now()
    const { losses } = await trainer.fit(stream, { epochs, progress: { start: () => watched } })
    const seconds = (performance.now() - start) / 1000
    const vector = unitLength(tower(history!))
    await exportModel(towerFile, { vector }, trainer.weights)
    const declaredMiB = stream.residentBytes / 2 ** 20
    return { examples: epochs * stream.examples, seconds, losses, residentMiB, declaredMiB, ...tables }
  } finally {
    await trainer.close()
    await stream.close()
    store.close()
  }
}

if (import.meta.main) {
  const [path, options, towerFile] = process.argv.slice(2) as [string, string, string]
  const {
    history: _history,
    item: _item,
    ...figures
  } = await trainOnLog(path, JSON.parse(options), towerFile)
  console.log(JSON.stringify(figures))
}
