/**
 * @file Pointwise, pairwise or listwise: the same rows teach linear rankers and boosted trees by different losses, which other
 * requests judge. (Related Pins ended at pointwise for its trees: Liu et al. 2017.)
 */

import { silentProgress } from '../src/base/progress.ts'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'
import { listNdcg } from '../src/data/features/list-ndcg.ts'
import { bootstrap, bootstrapDefaults, differenceOf } from '../src/evaluation/bootstrap.ts'
import { fitTrees } from '../src/models/trees/fit-trees.ts'
import { treeScorer } from '../src/models/trees/tree-scorer.ts'
import { fitLinear } from '../src/ranking/linear/fit-linear.ts'
import { openLinear } from '../src/ranking/linear/linear-model.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import { signedInterval } from './paired-recall.ts'
import { RANKED, RANKED_OPTIONS, rankedTables, type TablePair } from './ranked-tables.ts'

const DEPTH = 10
const TREES = 100

/** The first of a family is what the others are held against. */
const FAMILIES = {
  linear: ['pointwise', 'pairwise', 'rank-svm'],
  trees: ['logistic', 'pairwise', 'lambdamart'],
} as const

const benchmark: Benchmark = {
  summary: `NDCG@${DEPTH} by the loss that a ranker was taught with; differences are paired over requests, with 95 % intervals.`,
  async run(context) {
    const rows: BenchRow[] = []
    for (const name of context.quick ? RANKED.slice(-1) : RANKED) {
      if (!name.includes(context.only ?? '')) continue
      const tables = await rankedTables(name, context)
      if (tables) rows.push(...(await measure(name, tables, context)))
    }
    return rows
  },
}
export default benchmark

async function measure(name: string, { train, test }: TablePair, { threads, note }: BenchContext) {
  const rows: BenchRow[] = []
  const judge = (family: keyof typeof FAMILIES, found: { loss: string; ndcg: Float64Array }[]) => {
    const [first, ...others] = found
    for (const { loss, ndcg } of found)
      rows.push({ metric: `${name}, ${family}: ${loss}`, value: mean(ndcg), unit: `NDCG@${DEPTH}` })
    for (const { loss, ndcg } of others)
      note(`${name}, ${family}: ${loss} less ${first!.loss} ${paired(ndcg, first!.ndcg)}`)
  }
  const scores = new Float32Array(test.rows)
  judge(
    'linear',
    FAMILIES.linear.map((method) => {
      const { score } = openLinear(fitLinear(train, { method }, 1))
      score(test.values, test.rows, scores)
      return { loss: method, ndcg: ndcgOf(test, scores) }
    }),
  )
  const taught = []
  for (const objective of FAMILIES.trees) {
    const options = { ...RANKED_OPTIONS, objective, numIterations: TREES }
    const model = await fitTrees(train, null, options, { threads, seed: 1, progress: silentProgress })
    treeScorer(model).score(test.values, test.rows, scores)
    taught.push({ loss: objective, ndcg: ndcgOf(test, scores) })
  }
  judge('trees', taught)
  return rows
}

/** By request in which anything was wanted. */
function ndcgOf({ offsets, labels }: LabelledRows, scores: Float32Array): Float64Array {
  const values: number[] = []
  for (let request = 0; request + 1 < offsets.length; request++) {
    const [start, end] = [offsets[request]!, offsets[request + 1]!]
    const ndcg = listNdcg(labels.subarray(start, end), scores.subarray(start, end), DEPTH)
    if (!Number.isNaN(ndcg)) values.push(ndcg)
  }
  return Float64Array.from(values)
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

function paired(own: Float64Array, other: Float64Array): string {
  const values = new Float64Array(2 * own.length)
  own.forEach((value, k) => {
    values.set([value, other[k]!], 2 * k)
  })
  const requests = Uint32Array.from(own.keys())
  const replicates = bootstrap(values, 2, requests, requests.length)
  return signedInterval(differenceOf(replicates, 0, 1, bootstrapDefaults.confidence))
}
