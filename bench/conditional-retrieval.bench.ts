/**
 * @file Requests for one category: the two towers with the filter after their candidates, with the filter inside the scan, and
 * taught conditions besides.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringAt } from '../src/base/string-column.ts'
import { fitSources, openSources } from '../src/cascade/fit.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { type Split, splitDataset } from '../src/data/split.ts'
import { bootstrap, bootstrapDefaults, differenceOf } from '../src/evaluation/bootstrap.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from '../src/evaluation/tasks.ts'
import type { ResolvedRequest } from '../src/sources/request.ts'
import type { Source } from '../src/sources/source.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'

const SURFACE = 'home'
/** Of users in a batch. */
const TAUGHT = 0.5
const CASES = { all: 2000, quick: 200 }
/** Before filters, as `home` asks a source; what the user has comes on top. */
const CANDIDATES = 1000
const DEPTHS = [10, 100] as const
/** Given by hand, so that nothing is tried. */
const PACES: Record<string, object> = {
  'movielens-1m': { dim: 128, temperature: 0.4, rate: 0.0003, tableRate: 0.0006, epochs: 8, pooling: 'sum' },
  'amazon-beauty': { dim: 128, temperature: 0.2, rate: 0.0003, tableRate: 0.0006, epochs: 5, pooling: 'sum' },
}

const benchmark: Benchmark = {
  summary:
    'Recall of home for one category: filter after the candidates, inside the scan, and towers that were taught conditions.',
  async run(context) {
    const rows: BenchRow[] = []
    for (const [name, pace] of Object.entries(PACES))
      if (name.includes(context.only ?? '')) rows.push(...(await measure(name, pace, context)))
    return rows
  },
}
export default benchmark

async function measure(name: string, pace: object, context: BenchContext): Promise<BenchRow[]> {
  const split = await splitOf(name, context)
  const maxUnits = context.quick ? CASES.quick : CASES.all
  const tasks = tasksOf(split, { surface: SURFACE, queryItems: 2000, fading: 1, maxUnits, seed: 1 })
  const cases = casesOf(tasks, split)
  context.note(`${name}: ${cases.length} requests of ${tasks.units} users`)
  const plain = await open(split, pace, context)
  const taught = await open(split, { ...pace, conditions: TAUGHT }, context)
  const ask = asking(tasks, split)
  const systems: Record<string, (each: Case) => Uint32Array> = {
    'filtered after': (each) => ask.after(plain, each),
    'filtered in the scan': (each) => ask.inside(plain, each),
    conditional: (each) => ask.inside(taught, each),
    'conditional, not told': (each) => ask.after(taught, each, Number.POSITIVE_INFINITY),
  }
  const found = Object.values(systems).map((lists) => cases.map((each) => recallsOf(lists(each), each)))
  const names = Object.keys(systems)
  const narrow = cases.map(({ share }) => share < 0.05)
  const rows = DEPTHS.flatMap((depth, d) =>
    (['all', 'below 5 % of the items'] as const).flatMap((which) => {
      const kept = cases.filter((_, k) => which === 'all' || narrow[k])
      const values = found.map((own) =>
        own.filter((_, k) => which === 'all' || narrow[k]).map((recalls) => recalls[d]!),
      )
      return compared(`${name} @${depth}, ${which}`, names, values, kept, context)
    }),
  )
  return [...rows, ...homeRows(name, tasks, split, plain, taught, context)]
}

async function splitOf(name: string, { progress }: BenchContext): Promise<Split> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-conditional-'))
  try {
    const store = await prepareDataset(name, { storeDirectory: folder, progress })
    const split = splitDataset(loadDataset(store))
    store.close()
    return split
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function open({ train }: Split, options: object, { threads, progress, note }: BenchContext) {
  const source = 'two-tower'
  const start = performance.now()
  const fitted = await fitSources(train, {
    ...{ surfaces: [SURFACE], sources: [source], sourceOptions: { [source]: options } },
    ...{ threads, seed: 1, progress },
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  note(`${JSON.stringify(options)}: ${seconds} s; ${fitted.artefacts[source]!.meta.notes}`)
  return openSources(fitted, SURFACE)[0]!
}

/** A user who asks for one category, of which the user took something up later. */
interface Case {
  task: number
  unit: number
  category: number
  relevant: Set<number>
  /** Of the items, those of this category. */
  share: number
}

function casesOf(tasks: EvaluationTasks, { train }: Split): Case[] {
  const { codes, labels } = train.catalog.category
  const counts = new Uint32Array(labels.length)
  for (const code of codes) counts[code]!++
  return Array.from({ length: tasks.length }, (_, task) => {
    const all = listOf(tasks.relevant, task)
    const categories = new Set(Array.from(all, (item) => codes[item]!).filter((code) => code > 0))
    return Array.from(categories, (category) => ({
      ...{ task, unit: tasks.unit[task]!, category, share: counts[category]! / codes.length },
      relevant: new Set(all.filter((item) => codes[item] === category)),
    }))
  }).flat()
}

function asking(tasks: EvaluationTasks, { train }: Split) {
  const { codes, labels } = train.catalog.category
  const users = userCodes(train.users)
  /** As the cascade does: a source is asked for what the user has besides. */
  const listed = (source: Source, { task, category }: Case, request: ResolvedRequest, most: number) => {
    const seen = new Set(listOf(tasks.seen, task))
    const { items } = source.propose(request, Math.min(most, codes.length) + Math.min(seen.size, CANDIDATES))
    return items.filter((item) => codes[item] === category && tasks.eligible[item] === 1 && !seen.has(item))
  }
  return {
    after(source: Source, each: Case, most = CANDIDATES) {
      return listed(source, each, requestOf(tasks, each.task, users, 1), most)
    },
    inside(source: Source, each: Case) {
      const values = [stringAt(labels, each.category)]
      const condition = {
        filters: [{ attribute: 'category', values }],
        passes: (item: number) => codes[item] === each.category,
      }
      const request = { ...requestOf(tasks, each.task, users, 1), condition }
      return listed(source, each, request, CANDIDATES)
    },
  }
}

/** At each depth. */
const recallsOf = (list: Uint32Array, { relevant }: Case) =>
  DEPTHS.map((depth) => list.subarray(0, depth).filter((item) => relevant.has(item)).length / relevant.size)

/** Each system beside the one before it. */
function compared(
  metric: string,
  names: string[],
  values: number[][],
  cases: readonly { unit: number }[],
  { note }: BenchContext,
): BenchRow[] {
  const units = new Map<number, number>()
  for (const { unit } of cases) if (!units.has(unit)) units.set(unit, units.size)
  const columns = names.length
  const table = Float64Array.from({ length: cases.length * columns }, (_, at) =>
    Number(values[at % columns]![Math.floor(at / columns)]),
  )
  const drawn = bootstrap(
    table,
    columns,
    Uint32Array.from(cases, ({ unit }) => units.get(unit)!),
    units.size,
  )
  return names.map((name, k) => {
    const value = drawn.means[k]!
    const row = { metric: `${metric}: ${name}`, value, unit: 'recall' }
    if (k === 0) return row
    const { value: less, low, high } = differenceOf(drawn, k, k - 1, bootstrapDefaults.confidence)
    note(`${row.metric} less ${names[k - 1]}: ${signed(less)} [${signed(low)}, ${signed(high)}]`)
    const peerValue = drawn.means[k - 1]!
    return { ...row, peer: names[k - 1]!, peerValue, ratio: value / peerValue }
  })
}

/** What conditions cost those who ask for everything. */
function homeRows(
  name: string,
  tasks: EvaluationTasks,
  { train }: Split,
  plain: Source,
  taught: Source,
  context: BenchContext,
): BenchRow[] {
  const users = userCodes(train.users)
  const cases = Array.from({ length: tasks.length }, (_, task) => ({ unit: tasks.unit[task]! }))
  const values = [plain, taught].map((source) =>
    cases.map((_, task) => {
      const [seen, relevant] = [new Set(listOf(tasks.seen, task)), new Set(listOf(tasks.relevant, task))]
      const { items } = source.propose(requestOf(tasks, task, users, 1), CANDIDATES + seen.size)
      const list = items.filter((item) => tasks.eligible[item] === 1 && !seen.has(item)).subarray(0, 100)
      return list.filter((item) => relevant.has(item)).length / relevant.size
    }),
  )
  return compared(`${name} @100, no condition`, ['without', 'conditional'], values, cases, context)
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
