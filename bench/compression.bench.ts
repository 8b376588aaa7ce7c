/**
 * @file The option `rows` of `two-tower`: what is found with fewer rows in training, and with rows kept in fewer bits; how large
 * the tables of the training and the artefact are.
 */

import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Artefact, writeArtefact } from '../src/base/array-file.ts'
import { packColumns, unpackColumns } from '../src/base/columns.ts'
import { fitSources, openSources } from '../src/cascade/fit.ts'
import type { Dataset } from '../src/data/dataset.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { splitDataset } from '../src/data/split.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { itemTables } from '../src/models/two-tower/item-tables.ts'
import { KEPT_FORMATS, type RowsOption, rowsOption } from '../src/sources/row-options.ts'
import { packRows } from '../src/vectors/packed-rows.ts'
import type { VectorMatrix } from '../src/vectors/vector-matrix.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import { type Asked, listsOf, meanOf, paired, recallOf, signedInterval } from './paired-recall.ts'

const MAPPED: { name: string; rows: Partial<RowsOption>; random?: true }[] = [
  { name: 'unified, a half', rows: { mapping: 'unified', share: 0.5 } },
  { name: 'hashed, a half', rows: { mapping: 'hashed', share: 0.5 } },
  { name: 'quotient-remainder, a half', rows: { mapping: 'quotient-remainder', share: 0.5 } },
  { name: 'hashed, a quarter', rows: { mapping: 'hashed', share: 0.25 } },
  { name: 'hashed, a half, begun at random', rows: { mapping: 'hashed', share: 0.5 }, random: true },
]

/**
 * Fixed, so that nothing is tried: what a default fit once chose for full rows, with fewer candidates and epochs; for rows that items
 * share the better of two on validation parts.
 */
const DATASETS = {
  'movielens-1m': {
    settings: { temperature: 0.4, epochs: 12 },
    full: { rate: 0.0003, tableRate: 0.0006 },
    shared: { rate: 0.001, tableRate: 0.02 },
    mapped: MAPPED,
  },
  'goodbooks-10k': {
    settings: { temperature: 0.1, candidates: 1024, epochs: 6 },
    full: { rate: 0.00003, tableRate: 0.0006 },
    shared: { rate: 0.0003, tableRate: 0.004 },
    // A fit takes minutes.
    mapped: MAPPED.slice(0, 2),
  },
}
const DIM = 64
/** Rows that begin at random want to move faster. */
const RANDOM = { pretrained: false, rate: 0.001, tableRate: 0.02 }
const CASES = { all: 3000, quick: 300 }

interface Measured extends Asked {
  name: string
  artefact: Artefact
  rows: Partial<RowsOption>
}

const benchmark: Benchmark = {
  summary:
    'Recall@100 for home of two-tower with smaller rows, less that of full rows in float32; sizes in KiB.',
  async run(context) {
    const rows: BenchRow[] = []
    const folder = await mkdtemp(join(tmpdir(), 'labrador-compression-'))
    try {
      for (const name of Object.keys(DATASETS).slice(0, context.quick ? 1 : undefined))
        if (name.includes(context.only ?? ''))
          rows.push(...(await measure(name as keyof typeof DATASETS, folder, context)))
      return rows
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
export default benchmark

async function measure(
  name: keyof typeof DATASETS,
  folder: string,
  { threads, progress, quick, note }: BenchContext,
): Promise<BenchRow[]> {
  const store = await prepareDataset(name, { storeDirectory: folder, progress })
  const { train, ...split } = splitDataset(loadDataset(store))
  store.close()
  const maxUnits = quick ? CASES.quick : CASES.all
  const tasks = tasksOf(
    { train, ...split },
    { surface: 'home', queryItems: 2000, fading: 1, maxUnits, seed: 1 },
  )
  const { settings, mapped, ...rates } = DATASETS[name]
  const fit = (options: object) =>
    fitSources(train, {
      ...{ surfaces: ['home'], sources: ['two-tower'], threads, seed: 1, progress },
      sourceOptions: { 'two-tower': { ...settings, dim: DIM, pooling: 'sum', ...options } },
    })
  type Fitted = Awaited<ReturnType<typeof fit>>
  const ask = (what: string, fitted: Fitted, rows: Partial<RowsOption> = {}): Measured => {
    const [source] = openSources(fitted, 'home')
    const lists = listsOf(source!, tasks, train.users)
    return { name: what, lists, rows, artefact: fitted.artefacts['two-tower']! }
  }
  const fitted = await fit(rates.full)
  const full = ask('full rows, float32', fitted)
  const found = recallOf(full, tasks)
  const results: BenchRow[] = []
  const report = async (each: Measured) => {
    const own = recallOf(each, tasks)
    const less = signedInterval(paired(own, found, tasks))
    const sizes = `tables ${kib(trainedBytes(train, each.rows))}, rows ${kib(keptBytes(each))}, artefact ${kib(await fileBytes(each, folder))}`
    const [said] = each.artefact.meta.notes as string[]
    note(`${name} ${each.name}: ${meanOf(own).toFixed(4)}, less full rows ${less}; ${sizes}; ${said}`)
    results.push({ metric: `${name} ${each.name}`, value: meanOf(own), unit: 'recall@100' })
  }
  await report(full)
  for (const format of KEPT_FORMATS.filter((each) => each !== 'float32')) {
    const artefacts = { ...fitted.artefacts, 'two-tower': repacked(full.artefact, format) }
    await report(ask(`full rows, ${format}`, { ...fitted, artefacts }, { format }))
  }
  for (const { name: what, rows, random } of quick ? MAPPED.slice(0, 1) : mapped)
    await report(ask(what, await fit({ ...(random ? RANDOM : rates.shared), rows }), rows))
  return results
}

/** The same rows, kept in another format: a fit with that format leaves the same. */
function repacked(artefact: Artefact, format: (typeof KEPT_FORMATS)[number]): Artefact {
  const columns = unpackColumns<{ rows: { items: VectorMatrix; history: VectorMatrix } }>(
    artefact,
    'bench',
    [],
  )
  const { items, history } = columns.rows
  const rows = { ...columns.rows, items: packRows(items, format), history: packRows(history, format) }
  return packColumns({ ...columns, rows })
}

/** Of the tables of rows, with what their optimiser keeps. */
function trainedBytes({ catalog }: Dataset, given: Partial<RowsOption>): number {
  const { ids, history } = itemTables(catalog.items.ids.length, DIM, true, 1, rowsOption.parse(given))
  return [...new Set([ids.table, history.table])]
    .flatMap(({ values, states }) => [values, ...Object.values(states)])
    .reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** Of items and of histories, as they are kept. */
const keptBytes = ({ artefact }: Measured) =>
  Object.entries(artefact.arrays)
    .filter(([name]) => /^rows\.(items|history)\./.test(name))
    .reduce((sum, [, { byteLength }]) => sum + byteLength, 0)

async function fileBytes({ artefact }: Measured, folder: string): Promise<number> {
  const path = join(folder, 'artefact.bin')
  await writeArtefact(path, artefact)
  return (await stat(path)).size
}

const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`
