/** @file Updates of a vector table beside a full load of searches, and what they cost each other. */

import { Worker } from 'node:worker_threads'
import { createRandom } from '../src/base/random.ts'
import { sharedInt32 } from '../src/base/shared.ts'
import { ThreadedSearch } from '../src/vectors/threaded-search.ts'
import { VectorTable } from '../src/vectors/vector-table.ts'
import { type Benchmark, medianSeconds } from './bench.ts'
import type { UpdateData } from './vector-update-worker.ts'

const DIM = 64
const K = 100
const BATCH = 16
const SECONDS = 3
const NEW_ROWS = 20

const benchmark: Benchmark = {
  summary:
    'One thread updates rows of int8 in place while all threads search in batches; the limit is each of them alone.',
  async run({ quick, threads }) {
    const rows = quick ? 100_000 : 1_000_000
    const random = createRandom(1)
    const table = new VectorTable({ dim: DIM, format: 'int8', metric: 'inner-product' })
    const part = new Float32Array(10_000 * DIM)
    while (table.rows < rows) {
      for (let j = 0; j < part.length; j++) part[j] = random.normal()
      table.append(part)
    }
    const search = new ThreadedSearch(table, { threads })
    const queries = Float32Array.from({ length: BATCH * DIM }, () => random.normal())
    const searchOnce = () => search.search({ queries, k: K })

    const updatesAlone = await updatesDuring(
      table,
      () => new Promise((done) => setTimeout(done, SECONDS * 1000)),
    )
    const searchAlone = await medianSeconds(searchOnce, 9)
    let searchBeside = 0
    const updatesBeside = await updatesDuring(table, async () => {
      searchBeside = await medianSeconds(searchOnce, quick ? 20 : 41)
    })
    const untilFound = await medianSeconds(async () => {
      const vector = Float32Array.from({ length: DIM }, () => 10 * random.normal())
      const row = table.insert(vector)
      const [found] = await search.search({ queries: vector, k: 1 })
      if (found.items[0] !== row) throw new Error(`row ${row} was inserted and not found`)
    }, NEW_ROWS)
    await search.close()

    const size = `${(rows / 1e6).toLocaleString('en')} M × ${DIM} int8`
    return [
      {
        metric: `rows updated beside full search load, ${size}`,
        value: updatesBeside / 1000,
        unit: 'k rows/s',
        limit: updatesAlone / 1000,
      },
      {
        metric: `a batch of ${BATCH} queries beside the updates, ${size}`,
        value: searchBeside * 1000,
        unit: 'ms',
        limit: searchAlone * 1000,
      },
      { metric: `from insert to found, ${size}`, value: untilFound * 1000, unit: 'ms' },
    ]
  },
}

/** @returns rows a second that another thread updates while the work goes on */
async function updatesDuring(table: VectorTable, work: () => Promise<unknown>): Promise<number> {
  const state = sharedInt32(2)
  const workerData: UpdateData = { parts: table.parts, state }
  const worker = new Worker(new URL('./vector-update-worker.ts', import.meta.url), { workerData })
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  // It begins when it has compiled its code and made its vectors.
  while (Atomics.load(state, 1) < 50_000) await new Promise((done) => setTimeout(done, 20))
  const start = performance.now()
  const before = Atomics.load(state, 1)
  await work()
  const rows = Atomics.load(state, 1) - before
  const seconds = (performance.now() - start) / 1000
  Atomics.store(state, 0, 1)
  await ended
  return rows / seconds
}

export default benchmark
