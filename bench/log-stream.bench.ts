/**
 * @file Training straight from an event log: what a small model finds on MovieLens-1M, with the correction and without, and the
 * memory of a training over a log of ten million events.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type IdTable, indexOfId } from '../src/base/id-table.ts'
import { createRandom } from '../src/base/random.ts'
import { stringAt } from '../src/base/string-column.ts'
import { topK } from '../src/base/top-k.ts'
import type { Dataset } from '../src/data/dataset.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { LogStream } from '../src/data/log-stream.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { carveValidation, type Split, splitDataset } from '../src/data/split.ts'
import { StoreWriter } from '../src/data/store-writer.ts'
import { bootstrap, bootstrapDefaults, differenceOf } from '../src/evaluation/bootstrap.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { type EvaluationTasks, listOf } from '../src/evaluation/tasks.ts'
import { inAdvance } from '../src/nn/batches.ts'
import type { Bags } from '../src/nn/embedding-table.ts'
import { openModel } from '../src/nn/serving/open-model.ts'
import { openStore } from '../src/store/sqlite-store.ts'
import { normalisedRows, vectorAt } from '../src/vectors/vector-matrix.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import { type LogModel, type LogTrained, type LogTraining, trainOnLog } from './log-training.ts'
import { type Asked, DEPTH, meanOf, paired, recallOf, signedInterval } from './paired-recall.ts'

const run = promisify(execFile)

/** Looked at on the validation part of MovieLens-1M only (`--only validation` measures there): among the best, and cheap. */
const MOVIELENS = {
  batch: 256,
  history: 50,
  shuffle: { block: 2 ** 18, seed: 1 },
  epochs: 5,
  dim: 64,
  temperature: 0.3,
  rate: 0.001,
  tableRate: 0.1,
  isCorrected: true,
  negatives: 512,
}
/** Of the events after the cut, so many are one that is looked at. */
const NEXT_EVERY = 16
/** Ten million events of as many users and items as a busy site's, most of them about few items. */
const LARGE = { events: 10_000_000, users: 500_000, items: 50_000 }
const QUICK = { events: 300_000, users: 20_000, items: 5000 }
const LARGE_TRAINING = {
  ...{ ...MOVIELENS, batch: 1024, history: 20, shuffle: { block: 2 ** 16, seed: 1 } },
  ...{ epochs: 1, dim: 16, negatives: 256 },
}

const benchmark: Benchmark = {
  summary:
    'Recall@100 for home, and examples a second, of a model trained from the event log; memory after each tenth.',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'labrador-log-stream-'))
    try {
      const rows = context.only === 'memory' ? [] : await onMovieLens(folder, context)
      return context.only === 'recall' || context.only === 'validation'
        ? rows
        : [...rows, ...(await onLargeLog(folder, context))]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
export default benchmark

async function onMovieLens(folder: string, context: BenchContext): Promise<BenchRow[]> {
  const { threads, quick, only, progress, note } = context
  const store = await prepareDataset('movielens-1m', { storeDirectory: folder, progress })
  const whole = loadDataset(store)
  const numbers = { ids: store.idsOf('items'), path: store.path }
  store.close()
  const outer = splitDataset(whole)
  const split = only === 'validation' ? validationOf(outer) : outer
  const { train } = split
  const maxUnits = quick ? 500 : 5000
  const tasks = tasksOf(split, { surface: 'home', queryItems: 2000, fading: 1, maxUnits, seed: 1 })
  const counts = countsOf(train)
  const popular = listsBy(tasks, () => counts)
  const rows: BenchRow[] = []
  const found = new Map<string, Float64Array>()
  for (const isCorrected of [true, false]) {
    const options = {
      ...MOVIELENS,
      epochs: quick ? 1 : MOVIELENS.epochs,
      isCorrected,
      threads,
      before: train.now,
    }
    const file = join(folder, 'user-tower.onnx')
    const trained = await trainOnLog(numbers.path, options, file)
    if (trained.examples !== options.epochs * train.interactions.length)
      note(`${trained.examples} examples, but ${train.interactions.length} interactions an epoch`)
    const recall = recallOf(await ask(trained, file, tasks, numbers.ids, train), tasks)
    const name = isCorrected ? 'with logQ' : 'without logQ'
    found.set(name, recall)
    const beside = recallOf(popular, tasks)
    note(`${name} less popularity: ${signedInterval(paired(recall, beside, tasks))}`)
    rows.push({
      ...{ metric: `MovieLens-1M ${name}`, value: meanOf(recall), unit: 'recall@100' },
      ...{ peer: 'popularity', peerValue: meanOf(beside), ratio: meanOf(recall) / meanOf(beside) },
    })
    const next = only === 'validation' ? null : await nextItems(numbers.path, trained, file, train.now)
    if (next) rows.push(nextRow(next, name, note))
    rows.push(...costs('MovieLens-1M', trained))
    note(`${name}: losses ${trained.losses.map((loss) => loss.toFixed(3)).join(', ')}`)
  }
  const [corrected, plain] = ['with logQ', 'without logQ'].map((name) => found.get(name)!)
  note(`with logQ less without: ${signedInterval(paired(corrected!, plain!, tasks))}`)
  return rows
}

function validationOf(split: Split): Split {
  const { train, validation } = carveValidation(split.train)
  return { ...split, train, test: validation }
}

/** What the model finds for each case: its last items as a bag, through the tower, against all items. */
async function ask(
  model: LogModel,
  file: string,
  tasks: EvaluationTasks,
  ids: IdTable,
  { catalog }: Dataset,
): Promise<Asked> {
  const rowOf = Uint32Array.from({ length: catalog.items.ids.length }, (_, k) =>
    indexOfId(ids, stringAt(catalog.items.ids, k)),
  )
  const queries = Array.from({ length: tasks.length }, (_, task) =>
    Array.from(listOf(tasks.query, task).slice(-MOVIELENS.history), (one) => rowOf[one]!),
  )
  const scoresOf = await openScores(model, file, bagsOf(queries))
  return listsBy(tasks, (task) => {
    const scores = scoresOf(task)
    return Float32Array.from(rowOf, (row) => scores[row]!)
  })
}

function bagsOf(queries: readonly number[][]): Bags {
  const offsets = new Uint32Array(queries.length + 1)
  queries.forEach(({ length }, k) => {
    offsets[k + 1] = offsets[k]! + length
  })
  const weights = queries.flatMap(({ length }) => Array<number>(length).fill(1 / Math.sqrt(length)))
  return { ids: Uint32Array.from(queries.flat()), offsets, weights: Float32Array.from(weights) }
}

/** @returns the scores of all items for the history of that number */
async function openScores({ history, item }: LogModel, file: string, bags: Bags) {
  const { dim, rows } = item
  const ports = (name: string) => ({ [name]: { shape: ['batch', dim] } })
  const tower = await openModel(file, { inputs: ports('history'), outputs: ports('vector') })
  const count = bags.offsets.length - 1
  const sums = new Float32Array(count * dim)
  history.gatherBags(bags, sums)
  const { vector } = await tower.run({ history: sums }, count)
  await tower.close()
  const users = { count, dim, values: vector as Float32Array }
  const items = normalisedRows({ count: rows, dim, values: item.values })
  return (number: number) => {
    const own = vectorAt(users, number)
    return Float32Array.from({ length: rows }, (_, row) => {
      let product = 0
      for (let k = 0; k < dim; k++) product += own[k]! * items.values[row * dim + k]!
      return product
    })
  }
}

/**
 * What the model is trained for: the very next item, after all that came before it, of events from the cut on. Whether it is among the
 * first hundred that are not in the history, beside the most popular ones until the cut.
 */
async function nextItems(path: string, model: LogModel, file: string, cut: number): Promise<NextItems> {
  const store = openStore(path)
  const { batch, history } = MOVIELENS
  const stream = new LogStream(store, { batch, history })
  const counts = new Float32Array(stream.items)
  const found: NextItems = { unit: [], hits: [] }
  try {
    for await (const part of inAdvance(stream, 0, 0, 2)) {
      const { user, item, time, 'history/offsets': offsets } = part as Record<string, Uint32Array>
      item!.forEach((one, k) => {
        if (time![k]! < cut) counts[one]!++
      })
      const tested = [...item!.keys()].filter((k) => time![k]! >= cut && k % NEXT_EVERY === 0)
      const had = tested.map((k) => Array.from(part.history!.slice(offsets![k]!, offsets![k + 1]!)))
      if (tested.length === 0) continue
      const scoresOf = await openScores(model, file, bagsOf(had))
      tested.forEach((k, number) => {
        const isHit = (scores: Float32Array) => {
          for (const one of had[number]!) scores[one] = Number.NEGATIVE_INFINITY
          return topK(scores, DEPTH).includes(item![k]!) ? 1 : 0
        }
        found.unit.push(user![k]!)
        found.hits.push(isHit(scoresOf(number)), isHit(counts.slice()))
      })
    }
  } finally {
    await stream.close()
    store.close()
  }
  return found
}

/** Model and popularity, one pair an event; the users of the events. */
interface NextItems {
  unit: number[]
  hits: number[]
}

function nextRow({ unit, hits }: NextItems, name: string, note: (sentence: string) => void): BenchRow {
  const numbers = new Map([...new Set(unit)].map((user, number) => [user, number]))
  const units = Uint32Array.from(unit, (user) => numbers.get(user)!)
  const drawn = bootstrap(Float64Array.from(hits), 2, units, numbers.size)
  const [value, peerValue] = drawn.means as unknown as [number, number]
  const difference = differenceOf(drawn, 0, 1, bootstrapDefaults.confidence)
  note(`next item, ${name} less popularity: ${signedInterval(difference)}, ${unit.length} events`)
  const metric = `MovieLens-1M next item, ${name}`
  return { metric, value, unit: 'hit rate@100', peer: 'popularity', peerValue, ratio: value / peerValue }
}

/** The first hundred by score, without what the user has. */
function listsBy(tasks: EvaluationTasks, scoresOf: (task: number) => Float32Array): Asked {
  const lists = Array.from({ length: tasks.length }, (_, task) => {
    const scores = scoresOf(task).map((score, item) =>
      tasks.eligible[item] === 1 ? score : Number.NEGATIVE_INFINITY,
    )
    for (const item of listOf(tasks.seen, task)) scores[item] = Number.NEGATIVE_INFINITY
    return topK(scores, DEPTH)
  })
  return { lists }
}

function countsOf({ interactions, catalog }: Dataset): Float32Array {
  const counts = new Float32Array(catalog.items.ids.length)
  for (const item of interactions.item) counts[item]!++
  return counts
}

async function onLargeLog(folder: string, { threads, quick }: BenchContext): Promise<BenchRow[]> {
  const path = join(folder, 'large.db')
  const large = quick ? QUICK : LARGE
  writeLog(path, large)
  const options: LogTraining = { ...LARGE_TRAINING, threads }
  const module = join(import.meta.dirname, 'log-training.ts')
  const given = [module, path, JSON.stringify(options), join(folder, 'tower.onnx')]
  const { stdout } = await run(process.execPath, given)
  return costs(`${large.events / 1e6} M events`, JSON.parse(stdout))
}

/** People come back at random; what they take up is mostly what is near the last, else what is popular. Out of order here and there. */
function writeLog(path: string, { events, users, items }: typeof LARGE): void {
  const store = openStore(path, { isBulk: true })
  const writer = new StoreWriter(store)
  const random = createRandom(1)
  const last = new Uint32Array(users)
  for (let k = 0; k < events; k++) {
    const user = Math.floor(users * random.float() ** 2)
    const isNear = random.float() < 0.7
    const item = isNear ? (last[user]! + random.below(20)) % items : Math.floor(items * random.float() ** 3)
    last[user] = item
    // A tenth arrives late, as from phones that were offline.
    const late = random.float() < 0.1 ? random.below(1000) : 0
    writer.event({ user: `${user}`, item: `${item}`, kind: 'click', time: 1e12 + 100 * (k - late) })
  }
  writer.flush()
  store.close()
}

function costs(of: string, { examples, seconds, residentMiB, declaredMiB }: LogTrained): BenchRow[] {
  return [
    { metric: `${of}: speed`, value: examples / seconds / 1000, unit: '1000 examples/s' },
    ...residentMiB.map((value, part) => ({
      ...{ metric: `${of}: resident after ${(((part + 1) * examples) / 1e7).toFixed(2)} M examples`, value },
      unit: 'MiB',
    })),
    { metric: `${of}: of that, arrays of the thread that reads`, value: declaredMiB, unit: 'MiB' },
  ]
}
