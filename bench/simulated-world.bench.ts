/** @file The simulated world: events told a second, and time and memory until it is stored and loaded. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tellEvents } from '../src/data/world/events.ts'
import { createWorld } from '../src/data/world/world.ts'
import { type Benchmark, type BenchRow, medianSeconds } from './bench.ts'

const run = promisify(execFile)

interface Once {
  seconds: number
  peakMiB: number
}

const benchmark: Benchmark = {
  summary:
    'The simulated world: told, put into a store, loaded as a dataset; each step in a process of its own.',
  async run({ quick }) {
    const name = quick ? 'simulated' : 'simulated-large'
    const events = quick ? 250_000 : 2_000_000
    const size = quick ? {} : { items: 150_000, users: 1_500_000 }
    const world = createWorld({ ...size, events })
    const seconds = await medianSeconds(() => {
      for (const _ of tellEvents(world));
    })
    const rows: BenchRow[] = [{ metric: 'events told', value: events / seconds, unit: 'events/s' }]
    const folder = await mkdtemp(join(tmpdir(), 'labrador-world-bench-'))
    try {
      for (const step of ['prepare', 'load'] as const) {
        const once = await runOnce(step, name, folder)
        rows.push({ metric: `${step} ${name}`, value: once.seconds, unit: 's' })
        rows.push({ metric: `${step} ${name}, peak memory`, value: once.peakMiB, unit: 'MiB' })
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return rows
  },
}

async function runOnce(step: 'prepare' | 'load', name: string, folder: string): Promise<Once> {
  const script = join(import.meta.dirname, 'simulated-world-once.ts')
  const { stdout } = await run(process.execPath, [script, step, name, folder])
  return JSON.parse(stdout)
}

export default benchmark
