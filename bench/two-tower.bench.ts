/** @file Two-tower retrieval against co-occurrence, walks, EASE and ALS on three datasets, and what each part is worth. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fitSources, openSources } from '../src/cascade/fit.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { splitDataset } from '../src/data/split.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import type { EvaluationTasks } from '../src/evaluation/tasks.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import { type Asked, DEPTH, listsOf, meanOf, paired, recallOf, signedInterval } from './paired-recall.ts'
import { type PythonPeer, pythonPeer } from './python-peer.ts'

const DATASETS = ['movielens-1m', 'citeulike-t', 'goodbooks-10k']
const CASES = { all: 20_000, quick: 500 }

/** What is left out, one thing at a time. */
const ABLATIONS: Record<string, Record<string, unknown>> = {
  'no solving': { pooling: 'sum' },
  'no logQ': { logQ: false },
  'no mixed negatives': { mixedNegatives: false },
  'no text': { content: 0 },
  'no ids': { ids: false, pooling: 'sum' },
  // Rows that begin at random want to move faster: rates of their own.
  'no pretraining': { pretrained: false, pooling: 'sum', rate: undefined, tableRate: undefined },
}

type Subject = Asked & { name: string }

const benchmark: Benchmark = {
  summary:
    'Recall@100 for home of the two-tower source; differences are paired over users, with 95 % intervals.',
  async run(context) {
    const rows: BenchRow[] = []
    const peer = await pythonPeer(context.note)
    const folder = await mkdtemp(join(tmpdir(), 'labrador-two-tower-'))
    try {
      for (const name of context.quick ? DATASETS.slice(0, 1) : DATASETS)
        if (name.includes(context.only ?? '')) rows.push(...(await measure(name, folder, peer, context)))
      return rows
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
export default benchmark

async function measure(name: string, folder: string, peer: PythonPeer | null, context: BenchContext) {
  const { threads, progress, quick, note } = context
  const store = await prepareDataset(name, { storeDirectory: folder, progress })
  const split = splitDataset(loadDataset(store))
  store.close()
  const surface = 'home' as const
  const tasks = tasksOf(split, {
    surface,
    queryItems: 2000,
    fading: 1,
    maxUnits: quick ? CASES.quick : CASES.all,
    seed: 1,
  })
  const ask = async (source: string, options: unknown): Promise<Subject & { notes: string[] }> => {
    const fitted = await fitSources(split.train, {
      surfaces: [surface],
      sources: [source],
      sourceOptions: { [source]: options },
      threads,
      seed: 1,
      progress,
    })
    const [open] = openSources(fitted, surface)
    const lists = listsOf(open!, tasks, split.train.users)
    return { name: source, lists, notes: (fitted.artefacts[source]!.meta.notes ?? []) as string[] }
  }
  const start = performance.now()
  const own = await ask('two-tower', {})
  note(
    `${name}: fitted and asked in ${((performance.now() - start) / 1000).toFixed(0)} s; ${own.notes.join('; ')}`,
  )
  // What was chosen for the whole model stays when a part is left out.
  const settled = (what: string) => Number(new RegExp(`${what} ([\\d.]+)`).exec(own.notes[0]!)?.[1])
  const chosen = {
    dim: settled('dim'),
    pooling: /pooling (\w+)/.exec(own.notes[0]!)?.[1],
    temperature: settled('temperature'),
    rate: settled(' rate'),
    tableRate: settled('tableRate'),
  }
  const others: Subject[] = []
  for (const source of ['co-occurrence', 'random-walk', 'als']) others.push(await ask(source, {}))
  if (peer) {
    await writePeerInput(folder, split.train.interactions, tasks)
    const items = split.train.catalog.items.ids.length
    // Vectors as long as the towers', and as short as the shortest: the better one of two is to be beaten.
    const lengths = [...new Set([128, chosen.dim])].map((dim) => `als ${dim}`)
    for (const model of [...lengths, ...(items <= 12_000 ? ['ease'] : [])])
      others.push(
        await askPeer(model, folder, peer, split.train.users.users.ids.length, items, tasks, threads),
      )
  }
  const rows = [row(`${name} two-tower`, recallOf(own, tasks), null)]
  for (const other of others)
    rows.push(row(`${name} less ${other.name}`, recallOf(own, tasks), recallOf(other, tasks), tasks, note))
  for (const [what, options] of Object.entries(quick ? {} : ABLATIONS)) {
    const without = await ask('two-tower', { ...chosen, ...options })
    rows.push(row(`${name} less ${what}`, recallOf(own, tasks), recallOf(without, tasks), tasks, note))
    if (what === 'no text') rows.push(...coldRows(name, own, without, split.train.interactions.item, tasks))
  }
  return rows
}

function row(
  metric: string,
  own: Float64Array,
  other: Float64Array | null,
  tasks?: EvaluationTasks,
  note?: (sentence: string) => void,
): BenchRow {
  const value = meanOf(own)
  if (!other || !tasks || !note) return { metric, value, unit: 'recall@100' }
  const interval = paired(own, other, tasks)
  note(`${metric}: ${signedInterval(interval)}`)
  const peerValue = meanOf(other)
  return {
    metric,
    value,
    unit: 'recall@100',
    peer: metric.split(' less ')[1],
    peerValue,
    ratio: value / peerValue,
  }
}

/** Items that nobody had before the cut: found by what they are made of, or by chance. */
function coldRows(
  name: string,
  own: Subject,
  idsOnly: Subject,
  trained: Uint32Array,
  tasks: EvaluationTasks,
): BenchRow[] {
  const known = new Set(trained)
  const isCold = (item: number) => !known.has(item)
  const value = meanOf(recallOf(own, tasks, isCold))
  const peerValue = meanOf(recallOf(idsOnly, tasks, isCold))
  if (value === 0 && peerValue === 0) return []
  return [
    {
      metric: `${name} cold items`,
      value,
      unit: 'recall@100',
      peer: 'ids only',
      peerValue,
      ratio: value / peerValue,
    },
  ]
}

async function writePeerInput(
  folder: string,
  { user, item }: { user: Uint32Array; item: Uint32Array },
  tasks: EvaluationTasks,
): Promise<void> {
  await writeFile(join(folder, 'user.u32'), user)
  await writeFile(join(folder, 'item.u32'), item)
  await writeFile(join(folder, 'query.u32'), tasks.seen.items)
  await writeFile(join(folder, 'query-offsets.u32'), tasks.seen.offsets)
  await writeFile(join(folder, 'eligible.u8'), tasks.eligible)
}

async function askPeer(
  model: string,
  folder: string,
  peer: PythonPeer,
  users: number,
  items: number,
  tasks: EvaluationTasks,
  threads: number,
): Promise<Subject> {
  await peer.measure('factorise.py', [folder, users, items, DEPTH, ...model.split(' ')], threads)
  const bytes = await readFile(join(folder, 'top.u32'))
  const top = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const lists = Array.from({ length: tasks.length }, (_, task) =>
    top.subarray(task * DEPTH, (task + 1) * DEPTH),
  )
  return { name: model === 'ease' ? 'numpy EASE' : `implicit ${model.toUpperCase()}`, lists }
}
