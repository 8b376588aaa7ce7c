/**
 * @file The mixture of logits beside the dot product of the same towers: recall on two datasets, and what searches that score
 * only a part of the items find of it.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../src/base/random.ts'
import type { Dataset } from '../src/data/dataset.ts'
import { itemGraphOf } from '../src/data/item-graph-of.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { splitDataset } from '../src/data/split.ts'
import { bootstrap, bootstrapDefaults, differenceOf } from '../src/evaluation/bootstrap.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { type EvaluationTasks, listOf } from '../src/evaluation/tasks.ts'
import { bestOfAll, openScorer } from '../src/models/mixture-of-logits/exhaustive.ts'
import type { MixtureModel } from '../src/models/mixture-of-logits/mixture-of-logits.ts'
import { openSideOfQuery } from '../src/models/mixture-of-logits/query.ts'
import { type Side, type SideWeights, sideAt, sidesOf } from '../src/models/mixture-of-logits/sides.ts'
import { averaged, combined, perEmbedding } from '../src/models/mixture-of-logits/top-k/candidates.ts'
import { ComponentTables } from '../src/models/mixture-of-logits/top-k/component-tables.ts'
import { exactTopK } from '../src/models/mixture-of-logits/top-k/two-pass.ts'
import { TwoStageSearch } from '../src/models/mixture-of-logits/two-stage-search.ts'
import {
  mixtureOf,
  mixtureOfLogitsSource,
  mixtureOfLogitsSourceOptions,
} from '../src/sources/mixture-of-logits.ts'
import { attributesOf } from '../src/sources/tower-data.ts'
import { vectorMatrix } from '../src/vectors/vector-matrix.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'

/** Fixed by hand after short runs on validation parts; what they found stands in docs/benchmarks.md. */
const DATASETS: Record<string, { dot: object; mixture: object }> = {
  'movielens-1m': { dot: { temperature: 0.5 }, mixture: { temperature: 1 } },
  'citeulike-t': { dot: { temperature: 0.1 }, mixture: { temperature: 0.1 } },
}
const SEEDS = [1, 2, 3]
const DEPTHS = [10, 100]
const CASES = { all: 5000, quick: 300 }
/** Users whose searches are timed and compared. */
const SEARCHED = 200
/** Of the catalog, that the first stage leaves. */
const SURVIVORS = [0.05, 0.1, 0.2, 0.4]
const K = 100

const benchmark: Benchmark = {
  summary:
    'Recall of the mixture of logits less that of the dot product, and searches that score a part of the items.',
  async run(context) {
    const rows: BenchRow[] = []
    const folder = await mkdtemp(join(tmpdir(), 'labrador-mixture-'))
    try {
      for (const name of Object.keys(DATASETS).slice(0, context.quick ? 1 : undefined))
        rows.push(...(await measure(name, folder, context)))
      return [...rows, ...scoringSpeed(context)]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
export default benchmark

async function measure(name: string, folder: string, context: BenchContext): Promise<BenchRow[]> {
  const { quick, progress, threads, note } = context
  const store = await prepareDataset(name, { storeDirectory: folder, progress })
  const split = splitDataset(loadDataset(store))
  store.close()
  const maxUnits = quick ? CASES.quick : CASES.all
  const tasks = tasksOf(split, { surface: 'home', queryItems: 2000, fading: 1, maxUnits, seed: 1 })
  const seeds = quick ? SEEDS.slice(0, 1) : SEEDS
  const graph = itemGraphOf(split.train)
  const fit = async (options: object, seed: number): Promise<MixtureModel> => {
    const parsed = mixtureOfLogitsSourceOptions.parse(quick ? { epochs: 3, ...options } : options)
    const start = performance.now()
    const fitted = { dataset: split.train, graph, threads, seed, progress }
    const artefact = await mixtureOfLogitsSource.fit(fitted, parsed)
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    note(`${name}, seed ${seed}, ${JSON.stringify(options)}: ${seconds} s; ${artefact.meta.notes}`)
    return mixtureOf(artefact)
  }
  const { dot, mixture } = DATASETS[name]!
  const recalls: Record<'dot' | 'mixture', Float64Array[]> = { dot: [], mixture: [] }
  const rows: BenchRow[] = []
  for (const seed of seeds) {
    recalls.dot.push(recallOf(await fit({ ...dot, vectors: 1 }, seed), split.train, tasks))
    const model = await fit(mixture, seed)
    recalls.mixture.push(recallOf(model, split.train, tasks))
    if (seed === SEEDS[0]) rows.push(...searches(name, model, split.train, tasks))
  }
  return [...DEPTHS.map((depth, k) => recallRow(`${name} recall@${depth}`, recalls, k, tasks, note)), ...rows]
}

/** The user's sides, one at a time. */
function openUsers(model: MixtureModel, { users }: Dataset, tasks: EvaluationTasks): (task: number) => Side {
  const sideOf = openSideOfQuery(model)
  const attributes = attributesOf(users)
  return (task) => {
    const codes = attributes.map((attribute) => attribute.codes[tasks.user[task]!]!)
    return sideOf(listOf(tasks.query, task), null, codes)
  }
}

/** tasks × depths: of all items that the protocol ranks, by the whole mixture. */
function recallOf(model: MixtureModel, train: Dataset, tasks: EvaluationTasks): Float64Array {
  const userOf = openUsers(model, train, tasks)
  const scorer = openScorer(model.mixture, model.sides)
  const ranked = Uint32Array.from(tasks.eligible.keys()).filter((item) => tasks.eligible[item] === 1)
  const scores = new Float32Array(ranked.length)
  const values = new Float64Array(tasks.length * DEPTHS.length)
  for (let task = 0; task < tasks.length; task++) {
    const seen = new Set(listOf(tasks.seen, task))
    const relevant = new Set(listOf(tasks.relevant, task))
    const deepest = DEPTHS.at(-1)! + seen.size
    const found = bestOfAll(scorer, userOf(task), ranked, deepest, scores).items.filter(
      (item) => !seen.has(item),
    )
    DEPTHS.forEach((depth, k) => {
      const hits = found.subarray(0, depth).filter((item) => relevant.has(item)).length
      values[task * DEPTHS.length + k] = hits / relevant.size
    })
  }
  return values
}

/** Means over seeds, then the difference paired over users. */
function recallRow(
  metric: string,
  recalls: Record<'dot' | 'mixture', Float64Array[]>,
  column: number,
  tasks: EvaluationTasks,
  note: (sentence: string) => void,
): BenchRow {
  const values = new Float64Array(2 * tasks.length)
  for (let task = 0; task < tasks.length; task++)
    [recalls.mixture, recalls.dot].forEach((seeds, k) => {
      for (const one of seeds) values[2 * task + k]! += one[task * DEPTHS.length + column]! / seeds.length
    })
  const drawn = bootstrap(values, 2, tasks.unit, tasks.units)
  const { value, low, high } = differenceOf(drawn, 0, 1, bootstrapDefaults.confidence)
  const ofSeed = recalls.mixture.map((one, seed) => {
    const other = recalls.dot[seed]!
    let sum = 0
    for (let task = 0; task < tasks.length; task++)
      sum += one[task * DEPTHS.length + column]! - other[task * DEPTHS.length + column]!
    return signed(sum / tasks.length)
  })
  note(`${metric}: ${signed(value)} [${signed(low)}, ${signed(high)}], by seed ${ofSeed.join(', ')}`)
  const [own, dot] = drawn.means as unknown as [number, number]
  return { metric, value: own, unit: 'recall', peer: 'dot product', peerValue: dot, ratio: own / dot }
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`

/** What is left of the mixture's first hundred of all items when only some are scored, and how long that takes. */
function searches(name: string, model: MixtureModel, train: Dataset, tasks: EvaluationTasks): BenchRow[] {
  const { mixture, sides } = model
  const count = sides.vectors.count
  const userOf = openUsers(model, train, tasks)
  const scorer = openScorer(mixture, sides)
  const all = Uint32Array.from({ length: count }, (_, item) => item)
  const asked = Array.from({ length: Math.min(SEARCHED, tasks.length) }, (_, task) => task)
  const whole = asked.map((task) => new Set(bestOfAll(scorer, userOf(task), all, K).items))
  const compare = (
    what: string,
    search: (user: Side) => { items: Uint32Array; scored: number },
  ): BenchRow[] => {
    let kept = 0
    let scored = 0
    const times = asked.map((task, k) => {
      const user = userOf(task)
      const start = performance.now()
      const found = search(user)
      const taken = performance.now() - start
      kept += found.items.filter((item) => whole[k]!.has(item)).length / whole[k]!.size
      scored += found.scored / count
      return taken
    })
    const share = ((100 * scored) / asked.length).toFixed(1)
    const ms = times.sort((a, b) => a - b)[times.length >> 1]!
    const metric = `${name} ${what}, ${share} % scored`
    return [
      { metric, value: kept / asked.length, unit: `share of top ${K}` },
      { metric, value: ms, unit: 'ms' },
    ]
  }
  const rows = compare('all items', (user) => ({ ...bestOfAll(scorer, user, all, K), scored: count }))
  for (const share of SURVIVORS) {
    const survivors = Math.max(K, Math.round(share * count))
    const search = new TwoStageSearch(mixture, sides, survivors)
    rows.push(...compare('first stage', (user) => ({ ...search.search(user, K), scored: survivors })))
    search.close()
  }
  const tables = new ComponentTables(sides.vectors, mixture.vectors)
  const rescored = (items: Uint32Array, user: Side) => ({
    ...bestOfAll(scorer, user, items, K),
    scored: items.length,
  })
  const [small, large] = [0.02, 0.1].map((share) => Math.max(K, Math.round(share * count))) as [
    number,
    number,
  ]
  for (const n of [small, large])
    rows.push(
      ...compare(`per embedding ${n}`, (user) => rescored(perEmbedding(tables, user.vectors, n), user)),
    )
  for (const n of [large, 4 * large])
    rows.push(...compare(`averaged ${n}`, (user) => rescored(averaged(tables, user.vectors, n), user)))
  rows.push(
    ...compare(`combined ${small} and ${large}`, (user) =>
      rescored(combined(tables, user.vectors, small, large), user),
    ),
    ...compare('two-pass, exact', (user) => exactTopK(tables, scorer, mixture.temperature, user, K, K)),
  )
  tables.close()
  return rows
}

/** Scores of survivors that lie anywhere in a large table, with random weights: time follows from sizes alone. */
function scoringSpeed({ quick }: BenchContext): BenchRow[] {
  const [dim, vectors, hidden, first] = [128, 4, 16, 64]
  const items = quick ? 50_000 : 500_000
  const { normal, below } = createRandom(1)
  const numbers = (length: number) => Float32Array.from({ length }, normal)
  const logits = vectors ** 2 + 1
  const gate = (from: number) => ({
    firstWeight: numbers(from * hidden),
    firstBias: numbers(hidden),
    secondWeight: numbers(hidden * logits),
    secondBias: numbers(logits),
  })
  const side: SideWeights = { vectors, gate: gate(dim), first: numbers(dim * first) }
  const towers = (count: number) => {
    const matrix = vectorMatrix(count, dim)
    matrix.values.set(numbers(count * dim))
    return matrix
  }
  const sides = sidesOf(side, towers(items))
  const user = sideAt(sidesOf(side, towers(1)), 0)
  const mixture = { dim, vectors, temperature: 0.3, pairGate: gate(logits) }
  const scorer = openScorer(mixture, sides)
  const rows = [10_000, 100_000]
    .filter((count) => count <= items)
    .map((count) => {
      const survivors = Uint32Array.from({ length: count }, () => below(items)).sort()
      const ms = median(() => bestOfAll(scorer, user, survivors, K))
      return { metric: `scoring ${count} of ${items} items`, value: ms, unit: 'ms' }
    })
  const search = new TwoStageSearch(mixture, sides, 10_000)
  const ms = median(() => search.search(user, K))
  search.close()
  return [...rows, { metric: `both stages, 10000 of ${items} items`, value: ms, unit: 'ms' }]
}

function median(work: () => unknown, repeats = 15): number {
  work()
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[repeats >> 1]!
}
