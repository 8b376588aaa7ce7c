/** @file Query expansion on item pages: asking with neighbours' vectors too, against asking with the item's alone. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artefact } from '../src/base/array-file.ts'
import { degree } from '../src/base/csr.ts'

import { fitSources, openSources } from '../src/cascade/fit.ts'
import { surfaceConstants } from '../src/cascade/surfaces.ts'
import { itemGraphOf } from '../src/data/item-graph-of.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { splitDataset } from '../src/data/split.ts'
import { bootstrap, bootstrapDefaults, differenceOf, type Interval } from '../src/evaluation/bootstrap.ts'
import { markHits, metricNamed } from '../src/evaluation/metrics.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from '../src/evaluation/tasks.ts'
import type { Source } from '../src/sources/source.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'

const DATASETS = ['movielens-1m', 'yoochoose', 'pinterest', 'goodbooks-10k', 'citeulike-t']
const SOURCES = ['item2vec', 'spectral', 'graph-sage']
const CASES = { all: 10_000, quick: 500 }
/** The default of item2vec, for all sources: whether it is one of theirs too is what is asked. */
const EXPANSION = 100
/** Rare, middling and popular query items, as many of each. */
const PARTS = ['rare', 'middling', 'popular']

const benchmark: Benchmark = {
  summary:
    'Related items of sources that search over vectors, alone and expanded; paired over users, 95 % intervals.',
  async run(context) {
    const rows: BenchRow[] = []
    const folder = await mkdtemp(join(tmpdir(), 'labrador-query-expansion-'))
    try {
      for (const name of context.quick ? ['yoochoose'] : DATASETS)
        rows.push(...(await measure(name, folder, context)))
      return rows
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
export default benchmark

async function measure(name: string, folder: string, context: BenchContext): Promise<BenchRow[]> {
  const { threads, progress, quick, note } = context
  const store = await prepareDataset(name, { storeDirectory: folder, progress })
  const split = splitDataset(loadDataset(store))
  store.close()
  const surface = 'related' as const
  const maxUnits = quick ? CASES.quick : CASES.all
  const tasks = tasksOf(split, { surface, ...surfaceConstants(surface), maxUnits, seed: 1 })
  const metrics = (
    split.protocol === 'sessions, temporal' ? ['recall@20', 'mrr@20'] : ['recall@100', 'mrr@10']
  ).map(metricNamed)
  const parts = partsOf(tasks, itemGraphOf(split.train).toCollections)
  const codes = userCodes(split.train.users)
  const rows: BenchRow[] = []
  for (const source of SOURCES) {
    const start = performance.now()
    const fitted = await fitSources(split.train, {
      surfaces: [surface],
      sources: [source],
      sourceOptions: { [source]: { expansion: EXPANSION } },
      threads,
      seed: 1,
      progress,
    })
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    const opened = (artefact: Artefact) =>
      openSources({ ...fitted, artefacts: { [source]: artefact } }, surface)[0]!
    const systems = [fitted.artefacts[source]!, alone(fitted.artefacts[source]!)].map(opened)
    const values = new Float64Array(tasks.length * systems.length * metrics.length)
    const depth = Math.max(...metrics.map(({ k }) => k))
    const hits = new Uint8Array(depth)
    for (let task = 0, at = 0; task < tasks.length; task++) {
      const request = requestOf(tasks, task, codes, 1)
      for (const system of systems) {
        const relevant = listOf(tasks.relevant, task)
        const marked = markHits(askedOf(system, request, tasks, task, depth), relevant, hits)
        for (const { metric, k } of metrics) values[at++] = metric(marked, relevant.length, k)
      }
    }
    note(`${name} ${source}: fitted in ${seconds} s, ${tasks.length} requests of ${tasks.units} units`)
    metrics.forEach((metric, m) => {
      rows.push(row(`${name} ${source}`, metric.name, differences(values, metrics.length, m, tasks), note))
      if (m > 0) return
      PARTS.forEach((part, p) => {
        const chosen = differences(values, metrics.length, m, tasks, (task) => parts[task] === p)
        rows.push(row(`${name} ${source}, ${part}`, metric.name, chosen, note))
      })
    })
  }
  return rows
}

/** Third of the tasks by how many collections the page's item is in. */
function partsOf(tasks: EvaluationTasks, toCollections: Parameters<typeof degree>[0]): Uint8Array {
  const degrees = Array.from({ length: tasks.length }, (_, task) =>
    degree(toCollections, listOf(tasks.query, task).at(-1)!),
  )
  const ascending = degrees.slice().sort((a, b) => a - b)
  const cuts = [1, 2].map((k) => ascending[Math.floor((k * ascending.length) / 3)]!)
  return Uint8Array.from(degrees, (value) => cuts.filter((cut) => value > cut).length)
}

/** The same source with nobody's neighbours. */
function alone({ arrays, meta }: Artefact): Artefact {
  const none = {
    'expansion.offsets': new Uint32Array(1),
    'expansion.targets': new Uint32Array(0),
    'expansion.weights': new Float32Array(0),
  }
  return { arrays: { ...arrays, ...none }, meta: { ...meta, 'expansion.rows': 0, 'expansion.columns': 0 } }
}

/** As many candidates as the cascade asks for, without what the protocol takes out of the ranking. */
function askedOf(
  source: Source,
  request: Parameters<Source['propose']>[0],
  tasks: EvaluationTasks,
  task: number,
  depth: number,
): Uint32Array {
  const { items } = source.propose(request, surfaceConstants('related').candidatesPerSource)
  const seen = new Set(listOf(tasks.seen, task))
  return items.filter((item) => tasks.eligible[item] === 1 && !seen.has(item)).subarray(0, depth)
}

interface Difference extends Interval {
  expanded: number
  single: number
}

/** Of one metric, over the tasks that count. @param values tasks × systems × metrics */
function differences(
  values: Float64Array,
  metrics: number,
  metric: number,
  tasks: EvaluationTasks,
  counts: (task: number) => boolean = () => true,
): Difference {
  const chosen = Array.from({ length: tasks.length }, (_, task) => task).filter(counts)
  const pairs = new Float64Array(chosen.length * 2)
  chosen.forEach((task, k) => {
    pairs[2 * k] = values[(2 * task + 0) * metrics + metric]!
    pairs[2 * k + 1] = values[(2 * task + 1) * metrics + metric]!
  })
  const numbers = new Map<number, number>()
  const unit = Uint32Array.from(chosen, (task) => {
    const own = tasks.unit[task]!
    if (!numbers.has(own)) numbers.set(own, numbers.size)
    return numbers.get(own)!
  })
  const drawn = bootstrap(pairs, 2, unit, numbers.size)
  const interval = differenceOf(drawn, 0, 1, bootstrapDefaults.confidence)
  return { ...interval, expanded: drawn.means[0]!, single: drawn.means[1]! }
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`

function row(what: string, metric: string, found: Difference, note: (sentence: string) => void): BenchRow {
  const { value, low, high, expanded, single } = found
  note(`${what} ${metric}: ${signed(value)} [${signed(low)}, ${signed(high)}]`)
  return {
    metric: what,
    value: expanded,
    unit: metric,
    peer: 'single',
    peerValue: single,
    ratio: expanded / single,
  }
}
