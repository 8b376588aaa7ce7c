/** @file What the benchmarks over HTTP share: a server of its own process, visitors at a fixed rate, quantiles. */

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createRandom } from '../src/base/random.ts'
import { openStore } from '../src/store/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import type { LoadPlan, LoadResult } from './http-load.ts'

/** Clock ticks per second in /proc on every Linux that Node runs on. */
const TICKS = 100
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

/** Nearest-rank quantile of sorted values. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Items as visitors ask for them: each as often as it has events, in a seeded order. */
export function itemsToAsk(path: string): string[] {
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

export interface BenchServer {
  address: string
  pid: number
  dataset: string
  items: number
  users: number
  sources: string[]
  stop(): void
}

/** Serves a store from a folder of its own while something is measured, and leaves nothing behind. */
export async function whileServing<Found>(
  name: string,
  threads: number,
  storeIn: (folder: string) => Promise<string>,
  measure: (server: BenchServer, storePath: string) => Promise<Found>,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), `labrador-${name}-`))
  try {
    const path = await storeIn(folder)
    const server = await startServer(path, threads)
    try {
      return await measure(server, path)
    } finally {
      server.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function startServer(storePath: string, threads: number): Promise<BenchServer> {
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
  const health = (await (await fetch(`${address}/health`)).json()) as Omit<
    BenchServer,
    'address' | 'pid' | 'stop'
  >
  return { ...health, address, pid: child.pid!, stop: () => child.kill('SIGTERM') }
}

/** User and system time of a process with all its threads. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold spaces: fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

export function runLoad(plan: LoadPlan): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./http-load.ts', import.meta.url), { workerData: plan })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
