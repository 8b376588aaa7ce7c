/**
 * @file Related items over HTTP at fixed arrival rates: latency, errors and the CPU that the server takes.
 *
 * The load is open: a request leaves at its time whether or not earlier ones have come back, and its latency counts from
 * the time at which it should have left (no coordinated omission). The generator has a thread of its own on the same
 * machine, so what it takes is taken from the server.
 */

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fitStore } from '../src/cascade/fit-store.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import { type BenchServer, cpuSeconds, itemsToAsk, quantile, runLoad, whileServing } from './http-server.ts'
import { plantRanker } from './planted-ranker.ts'

/** A store with an active snapshot beside it, which is left as it is; a public dataset is fitted when there is none. */
const STORE = process.env.LABRADOR_STORE
const DATASET = process.env.LABRADOR_DATA ?? 'movielens-1m'
const RATES = [10, 25, 50, 100, 200, 400]
const SECONDS = 10
/** What the specification asks for at 50 requests a second on two cores. */
const TARGET_P99_MS = 25

const benchmark: Benchmark = {
  summary:
    'GET /api/v1/items/{id}/related: all sources, features, 500 candidates through 300 trees, logged with propensities; open load; CPU is of the server process, 100 % = one core.',
  run: (context) =>
    whileServing(
      'http',
      context.threads,
      async (folder) => STORE ?? (await fittedStore(folder, context)),
      (server, path) => measure(server, itemsToAsk(path), context),
    ),
}

async function measure(
  server: BenchServer,
  items: string[],
  { quick, note }: BenchContext,
): Promise<BenchRow[]> {
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

async function fittedStore(folder: string, { threads, progress }: BenchContext): Promise<string> {
  const store = await prepareDataset(DATASET, { storeDirectory: folder, progress })
  const snapshotFolder = join(dirname(store.path), 'snapshots')
  await fitStore(store, { snapshotFolder, keep: 1, threads, seed: 1, progress, now: Date.now() })
  store.close()
  await plantRanker(snapshotFolder, threads)
  return store.path
}

export default benchmark
