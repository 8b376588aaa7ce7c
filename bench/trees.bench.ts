/**
 * @file Boosted trees against LightGBM: seconds to train, milliseconds to score a request's candidates, and quality on
 * fresh rows with equal parameters.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentProgress } from '../src/base/progress.ts'
import { createRandom } from '../src/base/random.ts'
import { sharedFloat32 } from '../src/base/shared.ts'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'
import { fitTrees, lightGbmParameter } from '../src/models/trees/fit-trees.ts'
import { readLightGbm } from '../src/models/trees/lightgbm-reader.ts'
import { writeLightGbm } from '../src/models/trees/lightgbm-writer.ts'
import { traverseTrees } from '../src/models/trees/traverse.ts'
import type { TreeModel } from '../src/models/trees/tree-model.ts'
import type { TreeOptionsInput } from '../src/models/trees/tree-options.ts'
import { treeScorer } from '../src/models/trees/tree-scorer.ts'
import { auc, meanNdcg } from '../src/models/trees/validation-metric.ts'
import { type BenchContext, type Benchmark, type BenchRow, medianSeconds } from './bench.ts'
import { FRAPPE_FIELDS, frappeTables } from './frappe-table.ts'
import { writeTable } from './label-table.ts'
import { type PythonPeer, pythonPeer } from './python-peer.ts'
import { RANKED, RANKED_OPTIONS, rankedTables, type TablePair } from './ranked-tables.ts'

const FEATURES = 50
const TRAIN_REPEATS = 5
const TRAIN_TREES = 40
const CANDIDATES = 500
const SCORED_TREES = 300
const SCORE_REPEATS = 200
const QUALITY_TREES = 100

const benchmark: Benchmark = {
  summary: `LightGBM beside it: ${FEATURES} features, 31 leaves, 255 bins; quality with equal parameters on fresh rows.`,
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'labrador-trees-'))
    try {
      const peer = await pythonPeer(context.note)
      return [
        ...(await trainingRows(context, peer, folder)),
        ...(await scoringRows(context, peer, folder)),
        ...(await qualityRows(context, peer, folder)),
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** A step, a product, a kink and an interaction among normal features; the others are noise. */
function syntheticTable(rows: number, seed: number): LabelledRows {
  const random = createRandom(seed)
  const values = sharedFloat32(rows * FEATURES)
  for (let k = 0; k < values.length; k++) values[k] = random.normal()
  const labels = Float32Array.from({ length: rows }, (_, row) => {
    const [a, b, c, d, e, f] = values.subarray(row * FEATURES)
    const score = a + 0.5 * b * c - Math.abs(d) + (e > 0.3 ? f : 0)
    return random.float() < 1 / (1 + Math.exp(-2 * score)) ? 1 : 0
  })
  const names = Array.from({ length: FEATURES }, (_, f) => `f${f}`)
  return { names, rows, values, labels, offsets: Uint32Array.of(0, rows) }
}

async function trainingRows(
  { threads, quick, note }: BenchContext,
  peer: PythonPeer | null,
  folder: string,
): Promise<BenchRow[]> {
  const rows = quick ? 100_000 : 1_000_000
  const table = syntheticTable(rows, 1)
  await writeTable(join(folder, 'train.table'), table)
  const boosting: number[] = []
  const total = await medianSeconds(async () => {
    let first = 0
    await fit(table, { numIterations: TRAIN_TREES }, threads, (trees) => {
      if (trees === 1) first = performance.now()
    })
    boosting.push(((performance.now() - first) / 1000 / (TRAIN_TREES - 1)) * TRAIN_TREES)
  }, TRAIN_REPEATS)
  const theirs = await peer?.measure<{ total: number; boosting: number }>(
    'boosted-trees.py',
    ['train', folder, TRAIN_TREES, TRAIN_REPEATS],
    threads,
  )
  note(
    `Training: ${TRAIN_TREES} trees on ${rows} rows with ${threads} threads; "boosting" is without making bins.`,
  )
  const boosted = boosting.sort((a, b) => a - b)[boosting.length >> 1]
  return [
    { metric: 'training, all', value: total, unit: 's', ...(theirs && faster(total, theirs.total)) },
    {
      metric: 'training, boosting',
      value: boosted,
      unit: 's',
      ...(theirs && faster(boosted, theirs.boosting)),
    },
  ]
}

async function scoringRows(
  { quick, note }: BenchContext,
  peer: PythonPeer | null,
  folder: string,
): Promise<BenchRow[]> {
  const model = await fit(syntheticTable(quick ? 20_000 : 100_000, 2), { numIterations: SCORED_TREES }, 1)
  const request = syntheticTable(CANDIDATES, 3)
  await writeFile(join(folder, 'model.txt'), writeLightGbm(model))
  await writeTable(join(folder, 'test.table'), request)
  const { score } = treeScorer(readLightGbm(await readFile(join(folder, 'model.txt'), 'utf8'), 'model.txt'))
  const scores = new Float32Array(CANDIDATES)
  const ours = 1000 * (await medianSeconds(() => score(request.values, CANDIDATES, scores), SCORE_REPEATS))
  const plain = 1000 * (await medianSeconds(() => traverseTrees(model, request.values, CANDIDATES, scores)))
  const measured = await peer?.measure<Record<'rowwise' | 'float32' | 'float64', number>>(
    'boosted-trees.py',
    ['score', folder, SCORE_REPEATS],
    1,
  )
  const rows: BenchRow[] = [
    {
      metric: `scoring ${CANDIDATES} × ${SCORED_TREES} trees, 1 thread`,
      value: ours,
      unit: 'ms',
      ...(measured && faster(ours, Math.min(...Object.values(measured)))),
    },
    { metric: 'scoring, plain walk', value: plain, unit: 'ms' },
  ]
  if (measured) {
    const { rowwise, float32, float64 } = measured
    note(
      `LightGBM scores in ${float32.toFixed(2)} ms (float32), ${float64.toFixed(2)} (float64), ${rowwise.toFixed(2)} row by row.`,
    )
    const theirs = await readScores(folder)
    treeScorer(model).score(request.values, CANDIDATES, scores)
    const difference = theirs.reduce((most, value, row) => Math.max(most, Math.abs(value - scores[row])), 0)
    rows.push({ metric: 'scoring, largest difference', value: difference, unit: 'score', limit: 1e-6 })
  }
  return rows
}

async function qualityRows(
  context: BenchContext,
  peer: PythonPeer | null,
  folder: string,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  const frappe = await frappeTables()
  if (frappe)
    rows.push(
      ...(await compare('frappe', frappe, { categoricalFeature: FRAPPE_FIELDS }, context, peer, folder)),
    )
  else context.note('frappe was left out: its files are not there')
  for (const name of context.quick ? RANKED.slice(-1) : RANKED) {
    const ranked = await rankedTables(name, context)
    if (ranked) rows.push(...(await compare(name, ranked, RANKED_OPTIONS, context, peer, folder)))
  }
  return rows
}

/** AUC of a logistic model; NDCG@10 of LambdaMART too where rows belong to requests. */
async function compare(
  name: string,
  { train, test }: TablePair,
  given: TreeOptionsInput,
  { threads }: BenchContext,
  peer: PythonPeer | null,
  folder: string,
): Promise<BenchRow[]> {
  await writeTable(join(folder, 'train.table'), train)
  await writeTable(join(folder, 'test.table'), test)
  const hasRequests = test.offsets.length > 2
  const kinds = [
    { objective: 'logistic', theirName: 'binary', metric: 'auc', measure: auc },
    {
      objective: 'lambdamart',
      theirName: 'lambdarank',
      metric: 'ndcg@10',
      measure: (rows: LabelledRows, scores: ArrayLike<number>) =>
        meanNdcg(rows, Float64Array.from(scores), 10),
    },
  ] as const
  const theirOptions = Object.fromEntries(
    Object.entries(given).map(([option, value]) => [lightGbmParameter(option), value]),
  )
  const rows: BenchRow[] = []
  for (const { objective, theirName, metric, measure } of hasRequests ? kinds : kinds.slice(0, 1)) {
    const options = { ...given, objective, numIterations: QUALITY_TREES }
    const scores = new Float32Array(test.rows)
    treeScorer(await fit(train, options, threads)).score(test.values, test.rows, scores)
    const value = measure(test, scores)
    await peer?.measure(
      'boosted-trees.py',
      ['quality', folder, QUALITY_TREES, JSON.stringify({ ...theirOptions, objective: theirName })],
      threads,
    )
    const peerValue = peer ? measure(test, await readScores(folder)) : undefined
    rows.push({
      metric: `${name} (${train.rows} rows) ${metric}`,
      value,
      unit: 'share',
      ...(peerValue !== undefined && { peer: 'LightGBM', peerValue, ratio: value / peerValue }),
    })
  }
  return rows
}

async function readScores(folder: string): Promise<Float64Array> {
  const bytes = await readFile(join(folder, 'scores.f64'))
  const scores = new Float64Array(bytes.length / 8)
  new Uint8Array(scores.buffer).set(bytes)
  return scores
}

const fit = (
  table: LabelledRows,
  options: TreeOptionsInput,
  threads: number,
  onTree?: (trees: number) => void,
): Promise<TreeModel> =>
  fitTrees(table, null, options, { threads, seed: 1, progress: silentProgress, onTree })

/** Less is better. */
const faster = (ours: number, theirs: number): Partial<BenchRow> => ({
  peer: 'LightGBM',
  peerValue: theirs,
  ratio: theirs / ours,
})

export default benchmark
