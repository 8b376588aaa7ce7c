/** @file A hundred million examples through one training: threads make batches, tables learn, memory stays flat. */

import { createRandom } from '../src/base/random.ts'
import { batchesFromWorkers } from '../src/nn/batches.ts'
import { EmbeddingTable } from '../src/nn/embedding-table.ts'
import { linear } from '../src/nn/layers/linear.ts'
import { add, multiply, negate } from '../src/nn/operators/arithmetic.ts'
import { reshape, sum } from '../src/nn/operators/movement.ts'
import { logSigmoid } from '../src/nn/operators/pointwise.ts'
import { mean } from '../src/nn/operators/reductions.ts'
import { adamW } from '../src/nn/optimisers/adam.ts'
import { input } from '../src/nn/tensor.ts'
import { Trainer } from '../src/nn/trainer.ts'
import type { Benchmark, BenchRow } from './bench.ts'
import type { StreamShared } from './nn-stream-worker.ts'

const EXAMPLES = 100_000_000
const QUICK_EXAMPLES = 4_000_000
const BATCH = 16_384
const USERS = 200_000
const ITEMS = 50_000
const DIM = 8
/** Memory is read so often. */
const PARTS = 10
/** The loss of labels of which a tenth is wrong, known perfectly. */
const BEST = -(0.9 * Math.log(0.9) + 0.1 * Math.log(0.1))

const benchmark: Benchmark = {
  summary:
    'Synthetic examples made by worker threads and learned once; the process is measured after each tenth.',
  async run({ threads, quick }) {
    const count = Math.floor((quick ? QUICK_EXAMPLES : EXAMPLES) / BATCH)
    const shared: StreamShared = {
      users: USERS,
      items: ITEMS,
      batch: BATCH,
      userSigns: signs(USERS, 1),
      itemSigns: signs(ITEMS, 2),
    }
    const source = batchesFromWorkers(new URL('nn-stream-worker.ts', import.meta.url), shared, {
      count,
      threads,
    })
    const [user, item] = ['user', 'item'].map((name) => input(name, ['batch', DIM]))
    const both = multiply(user!, item!)
    const score = add(sum(both, [-1]), reshape(linear('line', 1)(both), ['batch']))
    const trainer = await Trainer.open(negate(mean(logSigmoid(multiply(score, input('label', ['batch']))))), {
      optimiser: adamW(),
      rate: 0.003,
      tableRate: 0.1,
      seed: 1,
      threads: 1,
      tables: [
        { input: user!, table: new EmbeddingTable(USERS, DIM, { seed: 1 }) },
        { input: item!, table: new EmbeddingTable(ITEMS, DIM, { seed: 2 }) },
      ],
    })
    const rows: BenchRow[] = []
    const losses: number[] = []
    const start = performance.now()
    let measured = 0
    const watched = {
      update(batches: number) {
        if (Math.floor((batches * PARTS) / count) === measured) return
        measured = Math.floor((batches * PARTS) / count)
        const value = process.memoryUsage.rss() / 2 ** 20
        rows.push({
          metric: `resident after ${((batches * BATCH) / 1e6).toFixed(1)} M examples`,
          value,
          unit: 'MiB',
        })
      },
      end() {},
    }
    try {
      const report = await trainer.fit(source, {
        epochs: 1,
        ahead: 2 * threads,
        progress: { start: () => watched },
      })
      losses.push(...report.losses)
    } finally {
      await trainer.close()
      await source.close?.()
    }
    const seconds = (performance.now() - start) / 1000
    const first = rows[0]!.value
    return [
      ...rows,
      { metric: 'growth from the first to the last tenth', value: rows.at(-1)!.value - first, unit: 'MiB' },
      { metric: 'speed', value: (count * BATCH) / seconds / 1e6, unit: 'M examples/s' },
      { metric: 'mean loss of the whole stream', value: losses[0]!, unit: 'nats', limit: BEST },
    ]
  },
}

function signs(count: number, seed: number): Int8Array {
  const random = createRandom(seed)
  const values = new Int8Array(new SharedArrayBuffer(count))
  for (let k = 0; k < count; k++) values[k] = random.float() < 0.5 ? -1 : 1
  return values
}

export default benchmark
