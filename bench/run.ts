/**
 * @file `npm run bench -- NAME [--json FILE] [--quick] [--only TEXT] [--threads N]`: runs a benchmark, prints a table, writes
 * JSON.
 */

import { readdir } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { Command } from 'commander'
import { writeFileAtomic } from '../src/base/atomic-file.ts'
import { InvalidOptionError } from '../src/base/errors.ts'
import { silentProgress } from '../src/base/progress.ts'
import { defaultThreads } from '../src/base/worker-pool.ts'
import type { Benchmark } from './bench.ts'

const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .sort()

const program = new Command('bench')
  .argument('<name>', `one of: ${names.join(', ') || 'none yet'}`)
  .option('--json <file>', 'write { name, machine, rows } there')
  .option('--quick', 'smaller data, for a first look', false)
  .option('--only <text>', 'only cases whose names contain this, where a benchmark has several')
  .option('--threads <n>', 'threads for Labrador and its peers', String(defaultThreads()))
  .parse()

const [name] = program.args as [string]
const { json, quick, only, threads } = program.opts<{
  json?: string
  quick: boolean
  only?: string
  threads: string
}>()
if (!names.includes(name)) throw new InvalidOptionError('name', name, `one of ${names.join(', ')}`)

const { default: benchmark } = (await import(`./${name}.bench.ts`)) as { default: Benchmark }
const notes: string[] = []
console.log(benchmark.summary)
const rows = await benchmark.run({
  threads: Number(threads),
  quick,
  only,
  progress: silentProgress,
  // At once: a long measurement that is stopped has told what it found.
  note(sentence) {
    notes.push(sentence)
    console.log(`Note: ${sentence}`)
  },
})
console.table(rows)

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  threads: Number(threads),
}
if (json) await writeFileAtomic(json, `${JSON.stringify({ name, machine, rows, notes }, null, 2)}\n`)
