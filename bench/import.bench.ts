/** @file Import and export of events: rows a second, memory for a small and a large file, and a plain Python importer beside it. */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { createRandom } from '../src/base/random.ts'
import type { Benchmark, BenchRow } from './bench.ts'

const run = promisify(execFile)
const USERS = 200_000
const ITEMS = 50_000
/** Of each timing: the median of these; a file of millions of rows has its own warm-up. */
const REPEATS = 3

interface Once {
  rows: number
  seconds: number
  /** Processor time of the thread that checks and stores; DuckDB parses in others. */
  threadSeconds: number
  peakMiB: number
}

const benchmark: Benchmark = {
  summary:
    'Events from CSV into a new store (id, time, user, item, kind, value), rows a second; the limit is bare inserts of the same rows without ids, checks or interning.',
  async run({ quick, note }) {
    const folder = await mkdtemp(join(tmpdir(), 'labrador-import-bench-'))
    const small = quick ? 100_000 : 1_000_000
    const large = quick ? 400_000 : 4_000_000
    const rows: BenchRow[] = []
    try {
      const limit = bareInserts(join(folder, 'bare.db'), small)
      const peaks: number[] = []
      for (const [count, ids] of [
        [small, 'random'],
        [small, 'none'],
        [large, 'random'],
      ] as const) {
        const file = join(folder, `${count}-${ids}.csv`)
        await writeEvents(file, count, ids === 'random')
        const timings: Once[] = []
        for (let k = 0; k < (count === small ? REPEATS : 1); k++) {
          await rm(join(folder, 'shop'), { recursive: true, force: true })
          timings.push(await runOnce('import', join(folder, 'shop', 'store.db'), file))
        }
        const median = timings.sort((a, b) => a.seconds - b.seconds)[timings.length >> 1]!
        const peer = count === small ? await pythonSeconds(file, join(folder, 'peer.db'), note) : null
        const name = `import, ${count / 1e6} M events, ${ids === 'random' ? 'random ids' : 'without ids'}`
        const value = median.rows / median.seconds
        rows.push({
          metric: name,
          value,
          unit: 'rows/s',
          limit,
          ...(peer === null ? {} : against('Python csv + sqlite3', count / peer, value)),
        })
        rows.push({
          metric: `${name}, per second of its main thread`,
          value: median.rows / median.threadSeconds,
          unit: 'rows/s',
        })
        rows.push({ metric: `${name}, peak memory`, value: median.peakMiB, unit: 'MiB' })
        if (ids === 'random') peaks.push(median.peakMiB)
      }
      rows.push({ metric: 'peak memory, four times the rows', value: peaks[1]! / peaks[0]!, unit: '×' })
      for (const extension of ['csv', 'parquet']) {
        const file = join(folder, `out.${extension}`)
        const { rows: count, seconds } = await runOnce('export', join(folder, 'shop', 'store.db'), file)
        rows.push({ metric: `export to ${extension}`, value: count / seconds, unit: 'rows/s' })
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return rows
  },
}

async function runOnce(work: 'import' | 'export', store: string, file: string): Promise<Once> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'import-once.ts'),
    work,
    store,
    file,
  ])
  return JSON.parse(stdout)
}

/** The peer keeps the same tables and the same promises: unique ids, numbers for users and items, one transaction a batch. */
async function pythonSeconds(
  file: string,
  database: string,
  note: (sentence: string) => void,
): Promise<number | null> {
  try {
    await rm(database, { force: true })
    const { stdout } = await run('python3', [join(import.meta.dirname, 'peers', 'import.py'), file, database])
    return Number(stdout.trim())
  } catch (error) {
    note(`No Python peer: ${(error as Error).message.split('\n')[0]}`)
    return null
  }
}

const against = (peer: string, peerValue: number, value: number) => ({
  peer,
  peerValue,
  ratio: value / peerValue,
})

/** Rows a second of inserts alone: prepared numbers, 64 rows a statement, the store's settings. */
function bareInserts(path: string, count: number): number {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -262144')
  database.exec(
    'create table events (position integer primary key, time integer, user integer, item integer, kind integer, value real)',
  )
  const insert = database.prepare(
    `insert into events (time, user, item, kind, value) values ${Array(64).fill('(?, ?, ?, ?, ?)').join()}`,
  )
  const values: number[] = Array(64 * 5).fill(0)
  const start = performance.now()
  for (let row = 0; row < count; ) {
    database.exec('begin')
    for (const end = Math.min(count, row + 160_000); row < end; row += 64) {
      for (let k = 0; k < 64; k++) {
        values[5 * k] = 1_600_000_000_000 + row
        values[5 * k + 1] = (row * 7919) % USERS
        values[5 * k + 2] = (row * 104_729) % ITEMS
        values[5 * k + 3] = 1
        values[5 * k + 4] = k % 5
      }
      insert.run(...values)
    }
    database.exec('commit')
  }
  const seconds = (performance.now() - start) / 1000
  database.close()
  return count / seconds
}

async function writeEvents(path: string, count: number, withIds: boolean): Promise<void> {
  const random = createRandom(1)
  const file = createWriteStream(path)
  file.write(`${withIds ? 'id,' : ''}time,user,item,kind,value\n`)
  const hex = () => random.below(2 ** 30).toString(16)
  let text = ''
  for (let row = 0; row < count; row++) {
    // Popular items and busy users: squaring puts half of the events on a quarter of them.
    const user = Math.floor(random.float() ** 2 * USERS)
    const item = Math.floor(random.float() ** 2 * ITEMS)
    if (withIds) text += `${hex()}-${hex()},`
    text += `${1_600_000_000_000 + row * 100},user-${user},item-${item},click,${row % 5}\n`
    if (text.length < 1 << 20) continue
    if (!file.write(text)) await once(file, 'drain')
    text = ''
  }
  file.end(text)
  await once(file, 'finish')
}

export default benchmark
