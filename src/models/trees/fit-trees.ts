/**
 * @file Fits gradient-boosted trees (Friedman 2001) over histograms, leaf by leaf, as LightGBM does (Ke et al. 2017).
 *
 * The same rows, options and seed give the same model to the last bit, whatever the number of threads.
 */

import { barrierState } from '../../base/barrier.ts'
import type { Progress } from '../../base/progress.ts'
import { createRandom } from '../../base/random.ts'
import { sharedFloat64, sharedInt32, sharedUint32, toShared } from '../../base/shared.ts'
import { workerModule } from '../../base/worker-module.ts'
import { WorkerPool } from '../../base/worker-pool.ts'
import type { LabelledRows } from '../../data/features/feature-rows.ts'
import type { BinsShared, BinsTask } from './bins-worker.ts'
import { checkRows } from './check-rows.ts'
import { earlyStopping } from './early-stopping.ts'
import { type FeatureBins, sampleRows } from './feature-bins.ts'
import type { FitShared, FitTask } from './fit-worker.ts'
import { objectiveOf } from './objectives/registry.ts'
import { openSampling } from './sampling.ts'
import { loadTreeKernels } from './tree-kernel.ts'
import { bagOf, ENCODED_ROWS, layOutTrees } from './tree-memory.ts'
import { leavesOf, type Tree, type TreeModel } from './tree-model.ts'
import { parseTreeOptions, type TreeOptions, type TreeOptionsInput } from './tree-options.ts'
import { metricOf } from './validation-metric.ts'

export interface FitTreesContext {
  threads: number
  seed: number
  progress: Progress
  /** Told after every tree; the metric is NaN without validation rows. */
  onTree?(trees: number, metric: number): void
}

/** Rows of an encoding task. */
const TASK_ROWS = 16 * ENCODED_ROWS
/** Streams of the seed. */
const BINS_STREAM = 1

/**
 * @param valid measured after every tree; needed for early stopping, ignored by the fit otherwise
 * @throws InvalidOptionError for options out of range, and for rows that do not fit them
 */
export async function fitTrees(
  train: LabelledRows,
  valid: LabelledRows | null,
  optionsInput: TreeOptionsInput,
  context: FitTreesContext,
): Promise<TreeModel> {
  const options = parseTreeOptions(optionsInput)
  const objective = objectiveOf(options)
  checkRows(train, valid, options, objective)
  const threads = Math.max(1, context.threads)
  const values = toShared(train.values)
  const features = await chooseBins(train, values, options, threads, context.seed)
  const memory = layOutTrees(train.rows, features, options, threads)
  // On top of another model's scores there is nothing to start from.
  const start = train.baseScores ? 0 : objective.startScore(train)
  const shared: FitShared = {
    kernels: loadTreeKernels(),
    memory,
    features,
    monotone: train.names.map((name) => options.monotoneConstraints[name] ?? 0),
    options,
    barrier: barrierState(),
    wentLeft: sharedUint32(threads),
    targets: {
      offsets: toShared(train.offsets),
      labels: toShared(train.labels),
      weights: train.weights && toShared(train.weights),
    },
    values,
    scores: startScores(train, start),
    validValues: toShared(valid?.values ?? new Float32Array(0)),
    validScores: valid ? startScores(valid, start) : sharedFloat64(0),
    largest: sharedFloat64(2 * threads),
    started: sharedInt32(1),
  }
  const growing = context.progress.start('Growing trees', options.numIterations)
  const pool = new WorkerPool<FitTask, Tree | null>(
    workerModule(import.meta.url, './fit-worker'),
    threads,
    shared,
  )
  try {
    await pool.runAll(encodeTasks(train.rows))
    const trees = await boost(shared, pool, start, valid, options, context, (done) => growing.update(done))
    return modelOf(train.names, features, trees, options, context.seed)
  } finally {
    growing.end()
    await pool.close()
  }
}

function startScores({ rows, baseScores }: LabelledRows, start: number): Float64Array {
  const scores = sharedFloat64(rows).fill(start)
  if (baseScores) for (let row = 0; row < rows; row++) scores[row] += baseScores[row]
  return scores
}

async function boost(
  { memory, features, validScores }: FitShared,
  pool: WorkerPool<FitTask, Tree | null>,
  start: number,
  valid: LabelledRows | null,
  options: TreeOptions,
  { threads, seed, onTree }: FitTreesContext,
  onDone: (trees: number) => void,
): Promise<Tree[]> {
  const sampling = openSampling(memory.rows, features.length, options, seed)
  const metric = metricOf(options)
  const stopping = earlyStopping(options.earlyStoppingRound, metric.higherIsBetter)
  const bag = bagOf(memory)
  const trees: Tree[] = []
  while (trees.length < options.numIterations) {
    sampling.drawBag(trees.length, bag)
    const task: FitTask = {
      kind: 'grow',
      features: sampling.drawFeatures(),
      start: trees.length === 0 ? start : 0,
    }
    const grown = await pool.runAll(Array.from({ length: Math.max(1, threads) }, () => task))
    const tree = grown.find((result) => result !== null)!
    const isStump = leavesOf(tree) === 1
    if (isStump && trees.length > 0) break
    trees.push(tree)
    onDone(trees.length)
    const measured = valid ? metric.measure(valid, validScores) : Number.NaN
    onTree?.(trees.length, measured)
    if (isStump || (valid && stopping.isOver(measured))) break
  }
  return valid && options.earlyStoppingRound > 0 ? trees.slice(0, stopping.best()) : trees
}

async function chooseBins(
  { names, rows }: LabelledRows,
  values: Float32Array,
  options: TreeOptions,
  threads: number,
  seed: number,
): Promise<FeatureBins[]> {
  const categorical = new Set(options.categoricalFeature)
  const sampled = toShared(sampleRows(rows, options.binConstructSampleCnt, createRandom(seed, BINS_STREAM)))
  const shared: BinsShared = { values, width: names.length, sampled, options }
  const pool = new WorkerPool<BinsTask, FeatureBins>(
    workerModule(import.meta.url, './bins-worker'),
    Math.min(threads, names.length),
    shared,
  )
  try {
    return await pool.runAll(
      names.map((name, feature) => ({ feature, isCategorical: categorical.has(name) })),
    )
  } finally {
    await pool.close()
  }
}

function encodeTasks(rows: number): FitTask[] {
  return Array.from({ length: Math.ceil(rows / TASK_ROWS) }, (_, k) => ({
    kind: 'encode',
    from: k * TASK_ROWS,
    to: Math.min(rows, (k + 1) * TASK_ROWS),
  }))
}

function modelOf(
  names: readonly string[],
  features: readonly FeatureBins[],
  trees: Tree[],
  options: TreeOptions,
  seed: number,
): TreeModel {
  const monotone = names.map((name) => options.monotoneConstraints[name] ?? 0)
  return {
    featureNames: names,
    featureInfos: features.map(infoOf),
    monotoneConstraints: monotone.some((sign) => sign !== 0) ? monotone : [],
    objective: objectiveOf(options).lightGbmName,
    averageOutput: false,
    trees,
    parameters: parametersOf(options, seed),
  }
}

function infoOf(bins: FeatureBins): string {
  if (bins.bins < 2) return 'none'
  return bins.kind === 'numeric' ? `[${bins.least}:${bins.most}]` : bins.categories.join(':')
}

/** An option's name as LightGBM writes it: `num_leaves` for `numLeaves`. */
export function lightGbmParameter(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function parametersOf(options: TreeOptions, seed: number): [string, string][] {
  const entries = Object.entries({ ...options, seed }).filter(([, value]) => typeof value !== 'object')
  return entries.map(([name, value]) => [lightGbmParameter(name), String(value)])
}
