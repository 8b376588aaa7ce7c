/**
 * @file A small training with everything that a checkpoint must keep: tables, one of them with shared rows, dropout, momentum,
 * accumulation, and the best epoch. Run with the path of a checkpoint it says a fingerprint of what was learned; with a moment too, it kills
 * itself there.
 */

import { createHash } from 'node:crypto'
import { createRandom } from '../../src/base/random.ts'
import type { BatchSource, TrainBatch } from '../../src/nn/batches.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { hashedRows } from '../../src/nn/embeddings/hashed.ts'
import { dropout } from '../../src/nn/layers/dropout.ts'
import { linear } from '../../src/nn/layers/linear.ts'
import { mlp } from '../../src/nn/layers/mlp.ts'
import { divide, multiply, negate } from '../../src/nn/operators/arithmetic.ts'
import { sum } from '../../src/nn/operators/movement.ts'
import { softplus } from '../../src/nn/operators/pointwise.ts'
import { mean } from '../../src/nn/operators/reductions.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { cosine } from '../../src/nn/schedule.ts'
import { input } from '../../src/nn/tensor.ts'
import { type FitReport, Trainer, type TrainerOptions } from '../../src/nn/trainer.ts'

const DIM = 6
const USERS = 30
const ITEMS = 20
const BATCH = 8
export const BATCHES = 9
export const EPOCHS = 4

const source: BatchSource = {
  count: BATCHES,
  batch(epoch, index): TrainBatch {
    const random = createRandom(epoch, index)
    const ids = (bound: number, count: number) =>
      Uint32Array.from({ length: count }, () => random.below(bound))
    return {
      user: ids(USERS, BATCH),
      'user/history': ids(ITEMS, 3 * BATCH),
      'user/history/offsets': Uint32Array.from({ length: BATCH + 1 }, (_, b) => 3 * b),
      'user/history/weights': new Float32Array(3 * BATCH).fill(1 / 3),
      item: ids(ITEMS, BATCH),
      label: Float32Array.from({ length: BATCH }, () => (random.float() < 0.5 ? 1 : -1)),
    }
  },
}

/** The user's row and history against the item's row, by a logistic loss. */
export async function trainWithTables(
  path: string | null,
  onMoment: (moment: string) => void = () => undefined,
  options: Partial<TrainerOptions> = {},
): Promise<{ fingerprint: string; report: FitReport }> {
  const [user, history, item] = ['user', 'user/history', 'item'].map((name) => input(name, ['batch', DIM]))
  const mapping = hashedRows(USERS / 2, { lookups: 2 })
  const users = new EmbeddingTable(mapping.rows, DIM, { optimiser: 'adam', seed: 1 })
  const items = new EmbeddingTable(ITEMS, DIM, { seed: 2 })
  const tower = mlp('tower', [12, DIM], { dropout: 0.2 })
  const away = dropout('history', 0.3)
  const query = multiply(tower(user!, true), linear('history', DIM)(away(history!, true)))
  const logit = divide(sum(multiply(query, item!), [-1]), Math.sqrt(DIM))
  const loss = mean(softplus(negate(multiply(input('label', ['batch']), logit))))
  const trainer = await Trainer.open(loss, {
    optimiser: adamW({ weightDecay: 0.01 }),
    rate: 0.01,
    tableRate: 0.1,
    schedule: cosine((EPOCHS * BATCHES) / 2, 3),
    accumulate: 2,
    clip: 1,
    seed: 5,
    ...options,
    tables: [
      { input: user!, table: users, mapping },
      { input: history!, table: items, isBag: true },
      { input: item!, table: items },
    ],
  })
  const report = await trainer.fit(source, {
    epochs: EPOCHS,
    progress: { start: () => ({ update: (batches) => onMoment(`batch ${batches}`), end() {} }) },
    // The second epoch is the best one, so that what comes back is not the last state.
    evaluate(_, epoch) {
      onMoment(`epoch ${epoch}`)
      return [0.1, 0.4, 0.3, 0.2][epoch]!
    },
    checkpoint: path === null ? undefined : { path, every: 6 },
  })
  const hash = createHash('sha256')
  for (const values of [...trainer.weights.values(), users.values, items.values])
    hash.update(Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)))
  await trainer.close()
  return { fingerprint: hash.digest('hex'), report }
}

if (import.meta.main) {
  const { fingerprint, report } = await trainWithTables(process.argv[2]!, (moment) => {
    if (moment === process.argv[3]) process.kill(process.pid, 'SIGKILL')
  })
  console.log(JSON.stringify({ fingerprint, losses: report.losses, values: report.values }))
}
