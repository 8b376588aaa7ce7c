/** @file Exhaustive search over 64 dimensions of int8: the machine's limits, faiss and usearch on the same data. */

import { deepEqual } from 'node:assert/strict'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../src/base/random.ts'
import type { Filter } from '../src/vectors/filter.ts'
import { nativeInstructions } from '../src/vectors/native-kernel.ts'
import type { Neighbours } from '../src/vectors/neighbours.ts'
import { RescoredSearch } from '../src/vectors/rescored-search.ts'
import type { KernelName } from '../src/vectors/scanner.ts'
import { ThreadedSearch } from '../src/vectors/threaded-search.ts'
import type { VectorSearch } from '../src/vectors/vector-search.ts'
import { VectorTable } from '../src/vectors/vector-table.ts'
import {
  type BenchContext,
  type Benchmark,
  type BenchRow,
  medianInTurns,
  medianSeconds,
  medianSecondsInTurns,
  secondsOf,
} from './bench.ts'
import { type MachineLimits, machineLimits, webAssemblyLimit } from './machine-limits.ts'
import { type Conversation, type PythonPeer, pythonPeer } from './python-peer.ts'
import { unitVectors } from './unit-vectors.ts'

const DIM = 64
const BATCH = 64
const WANTED = 100
const MANY = 100_000
const CHUNK = 50_000
const REPEATS = 31
/** Milliseconds. */
const TURN_PAUSE = 20
/** `LABRADOR_ROWS=1000000` measures one size alone. */
const SIZES = process.env.LABRADOR_ROWS ? [Number(process.env.LABRADOR_ROWS)] : [1_000_000, 10_000_000]
const SHARES = [1, 10, 90] as const

interface Seconds {
  one: number
  batch: number
  recall: number
}

const benchmark: Benchmark = {
  summary:
    'Top-100 by inner product over 64 dimensions of int8. Limits: reading the table once; the bare dot product instruction, also where the kernel multiplies matrices.',
  async run(context) {
    const rows: BenchRow[] = []
    for (const count of context.quick ? [100_000] : SIZES) rows.push(...(await atSize(count, context)))
    return rows
  },
}

async function atSize(count: number, { threads, quick, note }: BenchContext): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-vectors-'))
  try {
    const files = { vectors: join(folder, 'vectors'), queries: join(folder, 'queries') }
    const queries = unitVectors(BATCH, DIM, createRandom(2))
    await writeFile(files.queries, queries)
    const full = count <= 1_000_000
    const { table, approximated, exact } = await makeTables(count, files.vectors, full)
    const wasmLimit = await webAssemblyLimit(threads)
    note(
      `${label(count)}: ${(wasmLimit / 1e9).toFixed(0)} GOP/s of WebAssembly's i32x4.dot_i16x8_s; the native kernel runs ${nativeInstructions()}.`,
    )
    const peer = await pythonPeer(note)
    const peers = peer ? await peerSeconds(peer, files, { threads, quick, full, note }) : {}
    const rows: BenchRow[] = []
    for (const kernel of ['native', 'wasm'] as const)
      rows.push(...(await kernelRows(table, exact, queries, { kernel, threads, wasmLimit, peers, note })))
    if (full) rows.push(...(await filterRows(table, queries, threads)))
    rows.push(...(await approximationRows(table, approximated, queries, { threads, peers, note })))
    // What lies in a cache is put out of it by the others.
    if (peer && !full) {
      const conversation = peer.converse(
        'vectors-turns.py',
        [files.vectors, files.queries, DIM, WANTED],
        threads,
      )
      rows.push(...(await turnRows(table, approximated, queries.subarray(0, DIM), threads, conversation)))
    }
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Rows in int8, the same with an approximation, in float32 to find the truth, and as a file for the peers. */
async function makeTables(count: number, path: string, full: boolean) {
  const shape = { dim: DIM, metric: 'inner-product' } as const
  const share = { kind: 'category', values: SHARES.map(String) } as const
  const table = new VectorTable({ ...shape, format: 'int8', ...(full ? { attributes: { share } } : {}) })
  const approximated = new VectorTable({ ...shape, format: 'int8', approximation: true })
  const exact = new VectorTable({ ...shape, format: 'float32' })
  table.reserve(count)
  approximated.reserve(count)
  if (full) exact.reserve(count)
  const random = createRandom(1)
  const file = await open(path, 'w')
  try {
    for (let done = 0; done < count; done += CHUNK) {
      const vectors = unitVectors(Math.min(CHUNK, count - done), DIM, random)
      await file.writeFile(vectors)
      approximated.append(vectors)
      if (full) {
        table.append(vectors, () => ({
          share: SHARES.filter((one) => random.float() < one / 100).map(String),
        }))
        exact.append(vectors)
      } else {
        table.append(vectors)
      }
    }
  } finally {
    await file.close()
  }
  return { table, approximated, exact: full ? exact : null }
}

async function peerSeconds(
  peer: PythonPeer,
  files: { vectors: string; queries: string },
  {
    threads,
    quick,
    full,
    note,
  }: { threads: number; quick: boolean; full: boolean; note: BenchContext['note'] },
): Promise<Record<string, Seconds>> {
  const given = [files.vectors, files.queries, DIM, WANTED, quick || full ? 5 : 3, full ? 1 : 0]
  const found = await peer.measure<Record<string, Seconds>>('vectors.py', given, threads)
  for (const [name, { one, batch, recall }] of Object.entries(found))
    note(
      `${name}: ${(one * 1000).toFixed(2)} ms for one query, ${(batch * 1000).toFixed(1)} ms for ${BATCH}, recall@${WANTED} ${recall.toFixed(4)}.`,
    )
  return found
}

interface Measured {
  kernel: KernelName
  threads: number
  wasmLimit: number
  peers: Record<string, Seconds>
  note: BenchContext['note']
}

async function kernelRows(
  table: VectorTable,
  exact: VectorTable | null,
  queries: Float32Array,
  { kernel, threads, wasmLimit, peers, note }: Measured,
): Promise<BenchRow[]> {
  const search = new ThreadedSearch(table, { threads, kernel })
  try {
    const { rows } = table.memory
    const bytes = table.memory.blocks * table.layout.blockBytes
    const operations = 2 * rows * DIM * BATCH
    const one = queries.subarray(0, DIM)
    const { seconds, limits } = await betweenLimits(threads, bytes, async () => ({
      one: await medianSeconds(() => search.search({ queries: one, k: WANTED }), 31),
      ...(await medianSecondsInTurns(
        {
          few: () => search.search({ queries: one, k: WANTED }),
          many: () => search.search({ queries: one, k: MANY }),
        },
        31,
      )),
      batch: await medianSeconds(() => search.search({ queries, k: WANTED }), 15),
    }))
    note(
      `${label(rows)}, around ${kernel}: ${(limits.bytesPerSecond / 1e9).toFixed(1)} GB/s read, ${(limits.operationsPerSecond / 1e9).toFixed(0)} GOP/s of ${limits.instruction}.`,
    )
    const matrices = limits.matrixOperationsPerSecond
    if (kernel === 'native' && matrices && nativeInstructions()?.startsWith('amx'))
      note(
        `${label(rows)}: a batch is at ${((100 * operations) / seconds.batch / matrices).toFixed(0)} % of the bare matrix instruction, ${(matrices / 1e9).toFixed(0)} GOP/s.`,
      )
    const peak = kernel === 'native' ? limits.operationsPerSecond : wasmLimit
    const size = `${kernel}, ${label(rows)}`
    const against = (of: 'one' | 'batch'): BenchRow[] =>
      Object.entries(peers).map(([peer, theirs]) => ({
        metric: `${size}: ${of === 'one' ? 'one query' : `a batch of ${BATCH}`}`,
        value: seconds[of] * 1000,
        unit: 'ms',
        peer,
        peerValue: theirs[of] * 1000,
        ratio: theirs[of] / seconds[of],
      }))
    const found: BenchRow[] = [
      {
        metric: `${size}: read for one query`,
        value: bytes / seconds.one / 1e9,
        unit: 'GB/s',
        limit: limits.bytesPerSecond / 1e9,
      },
      {
        metric: `${size}: operations of a batch of ${BATCH}`,
        value: operations / seconds.batch / 1e9,
        unit: 'GOP/s',
        limit: peak / 1e9,
      },
      { metric: `${size}: top-${MANY} beside top-${WANTED}`, value: seconds.many / seconds.few, unit: '×' },
      ...against('one'),
      ...against('batch'),
    ]
    if (exact && kernel === 'native') found.push(...(await recallRows(search, exact, queries, threads, note)))
    return found
  } finally {
    await search.close()
  }
}

/** What the machine does changes with its neighbours: its limits are the mean of those right before and right after. */
async function betweenLimits<Seconds>(threads: number, bytes: number, measure: () => Promise<Seconds>) {
  const megabytes = Math.min(1000, bytes / 1e6)
  const before = await machineLimits(threads, megabytes)
  const seconds = await measure()
  const after = await machineLimits(threads, megabytes)
  const limits: MachineLimits = {
    bytesPerSecond: (before.bytesPerSecond + after.bytesPerSecond) / 2,
    operationsPerSecond: (before.operationsPerSecond + after.operationsPerSecond) / 2,
    instruction: before.instruction,
    ...(before.matrixOperationsPerSecond !== undefined && after.matrixOperationsPerSecond !== undefined
      ? {
          matrixOperationsPerSecond: (before.matrixOperationsPerSecond + after.matrixOperationsPerSecond) / 2,
        }
      : {}),
  }
  return { seconds, limits }
}

/** The same rows with an approximation beside them, in turns with those without; each against the limit of its run. */
async function approximationRows(
  table: VectorTable,
  approximated: VectorTable,
  queries: Float32Array,
  { threads, peers, note }: Pick<Measured, 'threads' | 'peers' | 'note'>,
): Promise<BenchRow[]> {
  const { memory, layout } = table
  const searches = [table, approximated].map((one) => new ThreadedSearch(one, { threads, kernel: 'native' }))
  try {
    const [whole, first] = searches as [ThreadedSearch, ThreadedSearch]
    const one = queries.subarray(0, DIM)
    const request = { queries: one, k: WANTED }
    deepEqual(await first.search(request), await whole.search(request))
    const bytes = memory.blocks * layout.blockBytes
    const read = memory.blocks * approximated.layout.approximation!.bytes
    const { seconds, limits } = await betweenLimits(threads, bytes, () =>
      medianSecondsInTurns(
        { without: () => whole.search(request), with: () => first.search(request) },
        REPEATS,
      ),
    )
    const size = `native, ${label(memory.rows)}: one query, with approximation`
    note(
      `${size}: ${(seconds.with * 1000).toFixed(2)} ms, without in turns ${(seconds.without * 1000).toFixed(2)} ms; its ${(read / 1e6).toFixed(0)} MB at ${(read / seconds.with / 1e9).toFixed(1)} GB/s, of ${(limits.bytesPerSecond / 1e9).toFixed(1)}, beside rows that it reads whole.`,
    )
    const limit = limits.bytesPerSecond / 1e9
    return [
      { metric: `${size}: bytes of the plane`, value: read / seconds.with / 1e9, unit: 'GB/s', limit },
      {
        metric: `${size}: bytes of a table without`,
        value: bytes / seconds.with / 1e9,
        unit: 'GB/s',
        limit,
      },
      { metric: `${size}, beside without`, value: seconds.with / seconds.without, unit: '×' },
      ...Object.entries(peers).map(([peer, theirs]) => ({
        metric: size,
        value: seconds.with * 1000,
        unit: 'ms',
        peer,
        peerValue: theirs.one * 1000,
        ratio: theirs.one / seconds.with,
      })),
    ]
  } finally {
    for (const search of searches) await search.close()
  }
}

/** One query, by turns with faiss, so that what the machine does meanwhile meets all alike. */
async function turnRows(
  table: VectorTable,
  approximated: VectorTable,
  queries: Float32Array,
  threads: number,
  peer: Conversation,
): Promise<BenchRow[]> {
  const searches = [table, approximated].map((one) => new ThreadedSearch(one, { threads, kernel: 'native' }))
  const own = (search: ThreadedSearch) => secondsOf(() => search.search({ queries, k: WANTED }))
  const ours = { 'one query': own(searches[0]!), 'one query, with approximation': own(searches[1]!) }
  const theirs = ['faiss flat', 'faiss 8-bit']
  const asked = Object.fromEntries(theirs.map((name) => [name, () => peer.ask<number>(name)]))
  try {
    const seconds = await medianInTurns<string>({ ...ours, ...asked }, REPEATS, TURN_PAUSE)
    return Object.keys(ours).flatMap((name) =>
      theirs.map((each) => ({
        metric: `native, ${label(table.rows)}: ${name}, by turns`,
        value: seconds[name]! * 1000,
        unit: 'ms',
        peer: each,
        peerValue: seconds[each]! * 1000,
        ratio: seconds[each]! / seconds[name]!,
      })),
    )
  } finally {
    peer.close()
    for (const search of searches) await search.close()
  }
}

async function recallRows(
  search: VectorSearch,
  exact: VectorTable,
  queries: Float32Array,
  threads: number,
  note: BenchContext['note'],
): Promise<BenchRow[]> {
  const truthSearch = new ThreadedSearch(exact, { threads })
  const truth = await truthSearch.search({ queries, k: WANTED })
  await truthSearch.close()
  const rescored = new RescoredSearch(search, exact)
  const again = await medianSeconds(() => rescored.search({ queries, k: WANTED }))
  note(`Scoring the survivors of ${BATCH} queries anew takes ${(again * 1000).toFixed(1)} ms, scan included.`)
  const metric = `recall@${WANTED} against float32, ${label(exact.rows)}`
  return [
    { metric, value: recall(await search.search({ queries, k: WANTED }), truth), unit: '' },
    {
      metric: `${metric}, scored anew`,
      value: recall(await rescored.search({ queries, k: WANTED }), truth),
      unit: '',
    },
  ]
}

/** One query with filters that let a share of the rows through, in units of the same without. */
async function filterRows(table: VectorTable, queries: Float32Array, threads: number): Promise<BenchRow[]> {
  const search = new ThreadedSearch(table, { threads })
  try {
    const rows: BenchRow[] = []
    for (const [name, batch] of [
      ['one query', queries.subarray(0, DIM)],
      [`a batch of ${BATCH}`, queries],
    ] as const) {
      const matching = (share: number): Filter => ({ attribute: 'share', anyOf: [String(share)] })
      const works: Record<string, () => unknown> = { all: () => search.search({ queries: batch, k: WANTED }) }
      for (const share of SHARES)
        works[share] = () => search.search({ queries: batch, k: WANTED, filter: matching(share) })
      const seconds = await medianSecondsInTurns(works, 15)
      for (const share of SHARES)
        rows.push({
          metric: `${name} of the ${share} % that match, beside all`,
          value: seconds[share]! / seconds.all!,
          unit: '×',
        })
    }
    return rows
  } finally {
    await search.close()
  }
}

function recall(found: readonly Neighbours[], truth: readonly Neighbours[]): number {
  let hits = 0
  let wanted = 0
  truth.forEach(({ items }, q) => {
    const known = new Set(items)
    wanted += known.size
    for (const item of found[q]!.items) if (known.has(item)) hits++
  })
  return hits / wanted
}

const label = (count: number) => (count < 1e6 ? `${count / 1e3} k rows` : `${count / 1e6} M rows`)

export default benchmark
