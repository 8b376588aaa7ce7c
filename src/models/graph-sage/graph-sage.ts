/** @file Fits the tower of the graph on pairs of items that somebody took together, and keeps what serving needs. */

import type { Csr } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { sharedFloat32 } from '../../base/shared.ts'
import { workerModule } from '../../base/worker-module.ts'
import { batchesFromWorkers } from '../../nn/batches.ts'
import { EmbeddingTable } from '../../nn/embedding-table.ts'
import { adamW } from '../../nn/optimisers/adam.ts'
import { linearDecay } from '../../nn/schedule.ts'
import { Trainer } from '../../nn/trainer.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { addProjected } from '../two-tower/projected.ts'
import { type BatchOptions, type PairExamples, teachingCollections } from './batches.ts'
import { embedAll, type LayerWeights, layerWeights } from './embed.ts'
import { type TowerOptions, trainingGraph } from './tower.ts'

export interface GraphSageOptions extends TowerOptions, BatchOptions {
  batches: number
  rate: number
  tableRate: number
  /** Larger collections teach nothing: all their items would be pairs. */
  maxCollectionSize: number
}

export interface GraphSageInput {
  /** Collections × items, distinct. */
  collections: Csr
  /** Items × items with positive weights. */
  neighbours: Csr
  /** What items are made of; null when nothing is known. */
  content: VectorMatrix | null
  /** Whether items have rows of their own; without them they are what they are made of and whom they are with. */
  ids: boolean
}

/** What serving needs. */
export interface GraphSage {
  /** items × dim, of length 1. */
  items: VectorMatrix
  /** Layer 0 of an item without a row of its own, before its content is added. */
  unknown: Float32Array
  /** content × dim, row-major; empty without content. */
  contentWeight: Float32Array
  layers: LayerWeights[]
  /** Mean loss over the last tenth of the batches. */
  loss: number
}

/** Reports of the loss, and breaks in which the schedule goes on. */
const PARTS = 10

export async function fitGraphSage(
  { collections, neighbours, content, ids }: GraphSageInput,
  options: GraphSageOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<GraphSage> {
  const { dim, pairs, batches, rate, tableRate } = options
  const items = neighbours.rows
  const teaching = teachingCollections(collections, options.maxCollectionSize)
  const popularity = shareOf(teaching)
  const examples: PairExamples = {
    ...options,
    hiddenIds: ids ? options.hiddenIds : 1,
    collections: teaching,
    neighbours,
    content,
    popularity,
    seed,
  }
  const graph = trainingGraph(options, content?.dim ?? 0, pairs)
  const table = new EmbeddingTable(items + 1, dim, {
    optimiser: 'adam',
    deviation: ids ? 1 / Math.sqrt(dim) : 0,
    seed,
  })
  const trainer = await Trainer.open(graph.loss, {
    optimiser: adamW(),
    rate,
    tableRate: ids ? tableRate : 0,
    schedule: linearDecay(batches, 0, 0.1),
    seed,
    threads,
    tables: [{ input: graph.rows, table }],
  })
  const count = Math.ceil(batches / PARTS)
  const source = batchesFromWorkers(workerModule(import.meta.url, './batches-worker'), examples, {
    count,
    threads: 1,
  })
  try {
    const { losses } = await trainer.fit(source, { epochs: PARTS, title: 'Training graph-sage', progress })
    const contentWeight = trainer.weights.get('content/weight')?.slice() ?? new Float32Array(0)
    const known = knownRows(table.values, popularity, dim)
    const unknown = vectorAt(known, items).slice()
    const zero = await addProjected({ ...known, count: items }, content, contentWeight, threads)
    return {
      items: await embedAll(zero, neighbours, options, trainer.weights, threads),
      unknown,
      contentWeight,
      layers: layerWeights(trainer.weights, options.layers),
      loss: losses.at(-1)!,
    }
  } finally {
    await source.close?.()
    await trainer.close()
  }
}

function shareOf({ columns, targets }: Csr): Float32Array {
  const share = sharedFloat32(columns)
  for (const item of targets) share[item]! += 1 / targets.length
  return share
}

/** Rows as they are; an item that taught nothing gets the one of unknown ids, its own has learned nothing. */
function knownRows(values: Float32Array, popularity: Float32Array, dim: number): VectorMatrix {
  const rows = vectorMatrix(popularity.length + 1, dim)
  rows.values.set(values.subarray(0, rows.values.length))
  const unknown = vectorAt(rows, popularity.length)
  popularity.forEach((share, item) => {
    if (share === 0) vectorAt(rows, item).set(unknown)
  })
  return rows
}
