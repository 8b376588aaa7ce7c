/**
 * @file Related items over HTTP at fixed arrival rates: latency, errors and the CPU that the server takes.
 *
 * The load is open: a request leaves at its time whether or not earlier ones have come back, and its latency counts from
 * the time at which it should have left (no coordinated omission). The generator has a thread of its own on the same
 * machine, so what it takes is taken from the server.
 */

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createRandom } from '../src/base/random.ts'
import { fitStore } from '../src/cascade/fit-store.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { openStore } from '../src/store/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import type { LoadPlan, LoadResult } from './http-load.ts'
import { plantRanker } from './planted-ranker.ts'

/** A store with an active snapshot beside it, which is left as it is; a public dataset is fitted when there is none. */
const STORE = process.env.LABRADOR_STORE
const DATASET = process.env.LABRADOR_DATA ?? 'movielens-1m'
const RATES = [10, 25, 50, 100, 200, 400]
const SECONDS = 10
/** Clock ticks per second in /proc on every Linux that Node runs on. */
const TICKS = 100
/** What the specification asks for at 50 requests a second on two cores. */
const TARGET_P99_MS = 25
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

const benchmark: Benchmark = {
  summary:
    'GET /api/v1/items/{id}/related: all sources, features, 500 candidates through 300 trees, logged with propensities; open load; CPU is of the server process, 100 % = one core.',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'labrador-http-'))
    try {
      const path = STORE ?? (await fittedStore(folder, context))
      const server = await startServer(path, context.threads)
      try {
        return await measure(server, itemsToAsk(path), context)
      } finally {
        server.stop()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measure(server: Server, items: string[], { quick, note }: BenchContext): Promise<BenchRow[]> {
  const load = (rate: number, seconds: number) => runLoad({ address: server.address, items, rate, seconds })
  await load(50, 3)
  const rows: BenchRow[] = []
  for (const rate of quick ? RATES.slice(0, 3) : RATES) {
    const before = await cpuSeconds(server.pid)
    const { latencies, failed, shed, incomplete, wallSeconds } = await load(rate, quick ? 3 : SECONDS)
    const cpu = (await cpuSeconds(server.pid)) - before
    const sent = latencies.length + failed + shed
    const name = `${rate} requests/s`
    const p99 = quantile(latencies, 0.99)
    rows.push({ metric: `${name}, p50`, value: quantile(latencies, 0.5), unit: 'ms' })
    const target = rate === 50 ? { peer: 'target', peerValue: TARGET_P99_MS, ratio: TARGET_P99_MS / p99 } : {}
    rows.push({ metric: `${name}, p99`, value: p99, unit: 'ms', ...target })
    rows.push({ metric: `${name}, server CPU`, value: (cpu / wallSeconds) * 100, unit: '%' })
    rows.push({ metric: `${name}, CPU per request`, value: (cpu / sent) * 1000, unit: 'ms' })
    rows.push({ metric: `${name}, errors`, value: ((failed + shed) / sent) * 100, unit: '%' })
    if (shed > 0) note(`${name}: ${shed} of ${sent} were turned away (503).`)
    if (incomplete > 0) note(`${name}: ${incomplete} answers lacked a source that was late.`)
  }
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN)
  rows.push({ metric: 'peak memory of the server', value: peak / 1024, unit: 'MiB' })
  note(
    `Snapshot of ${server.dataset}: ${server.items} items, ${server.users} users, sources ${server.sources.join(', ')}.`,
  )
  return rows
}

/** Nearest-rank quantile of sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

async function fittedStore(folder: string, { threads, progress }: BenchContext): Promise<string> {
  const store = await prepareDataset(DATASET, { storeDirectory: folder, progress })
  const snapshotFolder = join(dirname(store.path), 'snapshots')
  await fitStore(store, { snapshotFolder, keep: 1, threads, seed: 1, progress, now: Date.now() })
  store.close()
  await plantRanker(snapshotFolder, threads)
  return store.path
}

/** Items as visitors ask for them: each as often as it has events, in a seeded order. */
function itemsToAsk(path: string): string[] {
  const store: Store = openStore(path)
  const { item, items, length } = store.eventColumns()
  const random = createRandom(1)
  const wanted = new Set<number>()
  const asked = Array.from({ length: 5000 }, () => item[Math.floor(random.float() * length)]!)
  for (const index of asked) wanted.add(index)
  const ids = new Map<number, string>()
  const decoder = new TextDecoder()
  for (const index of wanted) {
    const { offsets, bytes } = items.ids
    ids.set(index, decoder.decode(bytes.slice(offsets[index], offsets[index + 1])))
  }
  store.close()
  return asked.map((index) => ids.get(index)!)
}

interface Server {
  address: string
  pid: number
  dataset: string
  items: number
  users: number
  sources: string[]
  stop(): void
}

async function startServer(storePath: string, threads: number): Promise<Server> {
  const args = [MAIN, 'serve', '--store', storePath, '--port', '0', '--workers', String(threads)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const address = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const match = /Serving at (http:\S+)/.exec(output)
      if (match) resolve(match[1]!)
    })
    child.once('exit', () => reject(new Error(`the server ended: ${output}`)))
  })
  const health = (await (await fetch(`${address}/health`)).json()) as Omit<Server, 'address' | 'pid' | 'stop'>
  return { ...health, address, pid: child.pid!, stop: () => child.kill('SIGTERM') }
}

/** User and system time of a process with all its threads. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold spaces: fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

function runLoad(plan: LoadPlan): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./http-load.ts', import.meta.url), { workerData: plan })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

export default benchmark
