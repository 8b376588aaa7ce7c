/** @file Up to which size exhaustive search is as quick as an HNSW graph, and what the graph costs to build and update. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileAtomic } from '../src/base/atomic-file.ts'
import { createRandom, type Random } from '../src/base/random.ts'
import { LocalSearch } from '../src/vectors/local-search.ts'
import type { Neighbours } from '../src/vectors/neighbours.ts'
import { normalise } from '../src/vectors/vector-matrix.ts'
import { VectorTable } from '../src/vectors/vector-table.ts'
import { type Benchmark, type BenchRow, medianSeconds } from './bench.ts'
import { hnswChart } from './hnsw-chart.ts'
import { HnswSearch } from './hnsw-search.ts'
import { type PythonPeer, pythonPeer } from './python-peer.ts'

const DIM = 64
/** Learned embeddings fill far fewer directions than they have numbers; graphs live on that. */
const LATENT = 16
const NOISE = 0.1
const WANTED = 100
const QUERIES = 200
const UPDATES = 500
const EXPANSIONS = [100, 125, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000]
const RECALLS = [0.95, 0.99] as const
const SIZES = [10_000, 30_000, 100_000, 300_000]
const QUICK_SIZES = [5_000, 20_000]
const PICTURE = join(import.meta.dirname, '..', 'docs', 'images', 'exhaustive-or-hnsw.svg')

/** Seconds to build a graph, for one query at each recall (null where it is not reached), and for an update. */
interface GraphSeconds {
  build: number
  one: (number | null)[]
  update: number
}

interface AtSize {
  exhaustive: number
  batch: number
  fill: number
  set: number
  usearch: GraphSeconds
  /** Null without Python. */
  hnswlib: GraphSeconds | null
}

const benchmark: Benchmark = {
  summary: `Top-${WANTED} over 64 dimensions with ${LATENT} that matter: all rows of int8 beside the HNSW graphs of usearch and hnswlib over float32.`,
  async run({ quick, threads, note }) {
    const sizes = quick ? QUICK_SIZES : SIZES
    const all: AtSize[] = []
    const peer = await pythonPeer(note)
    for (const size of sizes) all.push(await atSize(size, threads, peer, note))
    const lines = [
      { name: 'exhaustive', ms: all.map(({ exhaustive }) => exhaustive * 1000) },
      { name: 'exhaustive, in a batch of 64', ms: all.map(({ batch }) => batch * 1000) },
      ...RECALLS.map((recall, n) => ({
        name: `quicker HNSW at recall ${recall}`,
        ms: all.map((at) => toMilliseconds(quickestGraph(at, n))),
      })),
    ]
    if (!quick) await writeFileAtomic(PICTURE, hnswChart(sizes, lines))
    RECALLS.forEach((recall, n) => {
      for (const [name, ours] of [
        ['one by one', all.map(({ exhaustive }) => exhaustive)],
        ['in batches of 64', all.map(({ batch }) => batch)],
      ] as const) {
        const theirs = all.map((at) => quickestGraph(at, n))
        note(`Recall ${recall}, ${name}: ${crossing(sizes, ours, theirs)}.`)
      }
    })
    return sizes.flatMap((size, n) => rowsOf(size, all[n]!))
  },
}

const toMilliseconds = (seconds: number | null) => seconds && seconds * 1000

/** Seconds of the quicker graph at a recall. */
function quickestGraph({ usearch, hnswlib }: AtSize, recall: number): number | null {
  const seconds = [usearch, hnswlib].flatMap((graph) => graph?.one[recall] ?? [])
  return seconds.length > 0 ? Math.min(...seconds) : null
}

async function atSize(
  size: number,
  threads: number,
  peer: PythonPeer | null,
  note: (sentence: string) => void,
): Promise<AtSize> {
  const random = createRandom(size)
  const directions = Float32Array.from({ length: LATENT * DIM }, () => random.normal())
  const vectors = embeddings(size, directions, random)
  const queries = embeddings(QUERIES, directions, random)
  const shape = { dim: DIM, metric: 'inner-product' } as const
  const exact = new VectorTable({ ...shape, format: 'float32' })
  exact.append(vectors)
  const truthSearch = new LocalSearch(exact)
  const truth = truthSearch.search({ queries, k: WANTED })
  truthSearch.close()

  const table = new VectorTable({ ...shape, format: 'int8' })
  table.reserve(size)
  const fill = await seconds(() => table.append(vectors))
  const hnsw = new HnswSearch(DIM, threads)
  const build = await seconds(() => hnsw.add(0, vectors))

  const search = new LocalSearch(table)
  let turn = 0
  const next = () => queries.subarray((turn % QUERIES) * DIM, (turn++ % QUERIES) * DIM + DIM)
  const exhaustive = await medianSeconds(() => search.search({ queries: next(), k: WANTED }), 101)
  const together = queries.subarray(0, 64 * DIM)
  const batch = (await medianSeconds(() => search.search({ queries: together, k: WANTED }), 9)) / 64
  const found = recall(search.search({ queries, k: WANTED }), truth)
  search.close()

  const times: (number | null)[] = RECALLS.map(() => null)
  for (const expansion of EXPANSIONS) {
    hnsw.expansion = expansion
    const reached = recall(await hnsw.search({ queries, k: WANTED }), truth)
    for (let n = 0; n < RECALLS.length; n++)
      if (reached >= RECALLS[n]! && times[n] === null)
        times[n] = await medianSeconds(() => hnsw.search({ queries: next(), k: WANTED }), 101)
    if (times.every((time) => time !== null)) break
  }
  note(`${size} rows: exhaustive recall@${WANTED} ${found.toFixed(4)} without scoring anew.`)

  const changed = embeddings(UPDATES, directions, random)
  const rowAt = (n: number) => (n * 7919) % size
  const vectorOf = (n: number) => changed.subarray(n * DIM, (n + 1) * DIM)
  const set = await seconds(() => {
    for (let n = 0; n < UPDATES; n++) table.set(rowAt(n), vectorOf(n))
  })
  const update = await seconds(() => {
    for (let n = 0; n < UPDATES; n++) {
      hnsw.remove(rowAt(n))
      hnsw.add(rowAt(n), vectorOf(n).slice())
    }
  })
  return {
    exhaustive,
    batch,
    fill,
    set: set / UPDATES,
    usearch: { build, one: times, update: update / UPDATES },
    hnswlib: peer && (await graphOfPeer(peer, { vectors, queries, changed }, threads)),
  }
}

async function graphOfPeer(
  peer: PythonPeer,
  arrays: Record<'vectors' | 'queries' | 'changed', Float32Array>,
  threads: number,
): Promise<GraphSeconds> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-hnsw-'))
  try {
    const files: string[] = []
    for (const [name, array] of Object.entries(arrays)) {
      files.push(join(folder, name))
      await writeFile(files.at(-1)!, array)
    }
    const given = [...files, DIM, WANTED, EXPANSIONS.join(), RECALLS.join()]
    return await peer.measure<GraphSeconds>('hnsw.py', given, threads)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function rowsOf(size: number, { usearch, hnswlib, ...ours }: AtSize): BenchRow[] {
  const graphs = Object.entries({ usearch, hnswlib }).filter(([, graph]) => graph !== null)
  const compared = (metric: string, own: number, peer: string, theirs: number | null): BenchRow => ({
    metric: `${metric}, ${size / 1000} k rows`,
    value: own * 1000,
    unit: 'ms',
    ...(theirs === null ? {} : { peer, peerValue: theirs * 1000, ratio: theirs / own }),
  })
  return graphs.flatMap(([name, graph]) => [
    ...RECALLS.flatMap((recall, n) => {
      const peer = `${name} at recall ${recall}`
      return [
        compared('one query', ours.exhaustive, peer, graph!.one[n]!),
        compared('a query of a batch of 64', ours.batch, peer, graph!.one[n]!),
      ]
    }),
    compared('build', ours.fill, name, graph!.build),
    compared('an update', ours.set, name, graph!.update),
  ])
}

/** Rows where the graph becomes the quicker one, on a straight line between two sizes in logarithms. */
function crossing(sizes: readonly number[], ours: readonly number[], theirs: readonly (number | null)[]) {
  const lead = sizes.map((_, n) => (theirs[n] === null ? null : Math.log(ours[n]! / theirs[n]!)))
  for (let n = 0; n < sizes.length; n++) {
    const here = lead[n]
    if (here === null || here === undefined) return 'the graph does not reach it'
    if (here <= 0) continue
    if (n === 0) return `the graph is quicker from less than ${sizes[0]} rows on`
    const before = lead[n - 1]!
    const share = -before / (here - before)
    const rows = Math.exp(Math.log(sizes[n - 1]!) + share * (Math.log(sizes[n]!) - Math.log(sizes[n - 1]!)))
    return `the graph is quicker from about ${Math.round(rows / 1000)} k rows on`
  }
  return `exhaustive search is quicker up to ${sizes.at(-1)} rows at least`
}

function embeddings(count: number, directions: Float32Array, random: Random): Float32Array {
  const vectors = new Float32Array(count * DIM)
  const latent = new Float32Array(LATENT)
  for (let row = 0; row < count; row++) {
    for (let l = 0; l < LATENT; l++) latent[l] = random.normal()
    const vector = vectors.subarray(row * DIM, (row + 1) * DIM)
    for (let j = 0; j < DIM; j++) {
      let sum = NOISE * Math.sqrt(LATENT) * random.normal()
      for (let l = 0; l < LATENT; l++) sum += latent[l]! * directions[l * DIM + j]!
      vector[j] = sum
    }
    normalise(vector)
  }
  return vectors
}

function recall(found: readonly Neighbours[], truth: readonly Neighbours[]): number {
  let hits = 0
  truth.forEach(({ items }, q) => {
    const known = new Set(items)
    for (const item of found[q]!.items) if (known.has(item)) hits++
  })
  return hits / truth.reduce((sum, { items }) => sum + items.length, 0)
}

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

export default benchmark
