/** @file Random walks and graph build on 6 million edges, against a lone walker in C++ over the same arrays. */

import { execFile } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRandom, shuffle } from '../src/base/random.ts'
import { sharedUint32 } from '../src/base/shared.ts'
import { workerModule } from '../src/base/worker-module.ts'
import { WorkerPool } from '../src/base/worker-pool.ts'
import { buildItemGraph, type GraphEdges } from '../src/graph/build-graph.ts'
import type { ItemGraph } from '../src/graph/item-graph.ts'
import type { WalkOptions } from '../src/graph/random-walk.ts'
import { type Benchmark, type BenchRow, medianSeconds } from './bench.ts'
import { graphEdges, SIX_MILLION, SMALL } from './graph-6m.ts'
import { openWalks, type WalkShared } from './random-walk-worker.ts'

const REPEATS = 7
const RESTART = 0.5
const PEER = 'a lone walker, C++ -O3'

const benchmark: Benchmark = {
  summary:
    'Random walks of 50,000 steps from 200 items, visits counted; the peer is one C++ thread on both rows of steps.',
  async run({ quick, note }) {
    const edges = graphEdges(quick ? SMALL : SIX_MILLION, 1)
    const graph = buildItemGraph(edges)
    return [...(await walkRows(graph, quick, note)), ...(await buildRows(edges, graph))]
  },
}

async function walkRows(
  graph: ItemGraph,
  quick: boolean,
  note: (sentence: string) => void,
): Promise<BenchRow[]> {
  const options: WalkOptions = {
    steps: 50_000,
    restartProbability: RESTART,
    evenness: 0,
    enough: null,
    bias: null,
    seed: 1,
  }
  const queries = spreadItems(graph, quick ? 20 : 200)
  const shared: WalkShared = { graph, options }
  const walk = openWalks(shared)
  const module = workerModule(import.meta.url, './random-walk-worker')
  const pool = new WorkerPool<Uint32Array, number>(module, 2, shared)
  const halves = [0, 1].map((half) => queries.filter((_, k) => k % 2 === half))
  const folder = await mkdtemp(join(tmpdir(), 'labrador-walk-'))
  try {
    const peer = await compilePeer(graph, queries, folder).catch((error: Error) => {
      note(`The C++ peer is missing: ${error.message.split('\n')[0]}; it needs g++.`)
      return null
    })
    walk(queries)
    await pool.runAll(halves)
    const speeds = { one: [] as number[], two: [] as number[], peer: [] as number[] }
    // In turns, so that whatever else the machine does meets all of them alike.
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      speeds.one.push(await stepsPerSecond(() => walk(queries)))
      if (peer) speeds.peer.push(await peer(options.steps))
      speeds.two.push(await stepsPerSecond(async () => sum(await pool.runAll(halves))))
    }
    const peerValue = peer ? median(speeds.peer) / 1e6 : undefined
    return (['one', 'two'] as const).map((threads) => {
      const value = median(speeds[threads]) / 1e6
      const compared = peerValue ? { peer: PEER, peerValue, ratio: value / peerValue } : {}
      return {
        metric: `steps, ${threads === 'one' ? '1 thread' : '2 threads'}`,
        value,
        unit: 'M/s',
        ...compared,
      }
    })
  } finally {
    await pool.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Items that have edges, evenly over their numbers. */
function spreadItems({ items, toCollections }: ItemGraph, count: number): Uint32Array {
  const connected = Uint32Array.from({ length: items }, (_, k) => k).filter(
    (item) => toCollections.offsets[item + 1]! > toCollections.offsets[item]!,
  )
  return Uint32Array.from({ length: count }, (_, k) => connected[Math.floor((k * connected.length) / count)]!)
}

async function stepsPerSecond(work: () => number | Promise<number>): Promise<number> {
  const start = performance.now()
  const steps = await work()
  return (steps * 1000) / (performance.now() - start)
}

/** @returns a function that runs the peer once, warmed up, and tells its steps per second */
async function compilePeer(graph: ItemGraph, queries: Uint32Array, folder: string) {
  const program = join(folder, 'random-walk')
  const run = promisify(execFile)
  const source = join(import.meta.dirname, 'peers', 'random-walk.cpp')
  await run('g++', ['-O3', '-march=native', '-o', program, source])
  const arrays = join(folder, 'graph.bin')
  const file = await open(arrays, 'w')
  try {
    const { toCollections, toItems } = graph
    const sizes = Uint32Array.of(graph.items, graph.collections, toItems.targets.length, queries.length)
    for (const values of [
      sizes,
      toCollections.offsets,
      toCollections.targets,
      toItems.offsets,
      toItems.targets,
      queries,
    ])
      await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  } finally {
    await file.close()
  }
  return async (steps: number) => {
    const { stdout } = await run(program, [arrays, String(steps), String(RESTART), '2'])
    return Number(stdout.trim().split('\n').at(-1))
  }
}

/** The limit moves every byte that the build must read or write once a pass, at the speed of a plain copy. */
async function buildRows(edges: GraphEdges, graph: ItemGraph): Promise<BenchRow[]> {
  const count = edges.item.length
  const kept = graph.toItems.targets.length
  const from = sharedUint32(count)
  const to = sharedUint32(count)
  const bandwidth = (8 * count) / (await medianSeconds(() => to.set(from)))
  // By edge: count, scatter, drop repeats; by kept edge: move, copy, count, scatter back.
  const bytes = (4 + 8 + 4 + 4) * count + (4 + 8 + 4 + 8) * kept
  const limit = (count * bandwidth) / bytes / 1e6
  const speed = async (given: GraphEdges) => count / (await medianSeconds(() => buildItemGraph(given))) / 1e6
  return [
    { metric: 'graph build, edges by collection', value: await speed(edges), unit: 'M edges/s', limit },
    {
      metric: 'graph build, edges in any order',
      value: await speed(shuffled(edges)),
      unit: 'M edges/s',
      limit,
    },
  ]
}

function shuffled(edges: GraphEdges): GraphEdges {
  const order = shuffle(
    Uint32Array.from(edges.item, (_, k) => k),
    createRandom(2),
  )
  return {
    ...edges,
    collection: order.map((k) => edges.collection[k]!),
    item: order.map((k) => edges.item[k]!),
  }
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!

export default benchmark
