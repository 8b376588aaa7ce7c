/**
 * @file A small training from an event log with everything that has to be kept: the position in the log, and what the estimate of
 * frequencies knows. Run with a store, a checkpoint and a batch, it kills itself there; without one it says a fingerprint.
 */

import { createHash } from 'node:crypto'
import { createRandom } from '../../src/base/random.ts'
import { LogStream } from '../../src/data/log-stream.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { mlp } from '../../src/nn/layers/mlp.ts'
import { sampledSoftmax } from '../../src/nn/losses/sampled-softmax.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { logQSampler } from '../../src/nn/sampling/log-q-sampler.ts'
import { StreamingFrequency } from '../../src/nn/sampling/streaming-frequency.ts'
import { input } from '../../src/nn/tensor.ts'
import { Trainer } from '../../src/nn/trainer.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

const EVENTS = 700
const DIM = 6

/** Seven hundred events of forty users, in another order than that of their times. */
export async function storeOfLog(path: string): Promise<Store> {
  const store = openStore(path)
  const random = createRandom(4)
  store.appendEvents(
    Array.from({ length: EVENTS }, (_, k) => ({
      id: `${k}`,
      user: `user ${random.below(40)}`,
      item: `item ${Math.floor(30 * random.float() ** 2)}`,
      time: random.below(EVENTS),
      kind: 'click' as const,
      value: null,
      session: null,
      context: null,
    })),
  )
  return store
}

async function train(path: string, checkpoint: string, onBatch: (batches: number) => void): Promise<string> {
  const store = openStore(path)
  const stream = new LogStream(store, { batch: 50, history: 4, shuffle: { block: 200, seed: 7 } })
  const [history, item] = ['history', 'item'].map((name) => input(name, ['batch', DIM]))
  const table = new EmbeddingTable(40, DIM, { seed: 1 })
  const loss = sampledSoftmax(mlp('user', [8, DIM])(history!, true), {
    vectors: item!,
    logQ: input('logQ', ['batch']),
  })
  const trainer = await Trainer.open(loss, {
    optimiser: adamW(),
    rate: 0.01,
    tableRate: 0.1,
    seed: 1,
    tables: [
      { input: history!, table, isBag: true },
      { input: item!, table },
    ],
    samplers: [logQSampler({ items: 'item', frequency: new StreamingFrequency({ slots: 64, hashes: 2 }) })],
  })
  await trainer.fit(stream, {
    epochs: 3,
    progress: { start: () => ({ update: onBatch, end() {} }) },
    checkpoint: { path: checkpoint, every: 4 },
  })
  const hash = createHash('sha256')
  for (const values of [...trainer.weights.values(), table.values])
    hash.update(Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)))
  await Promise.all([trainer.close(), stream.close()])
  store.close()
  return hash.digest('hex')
}

if (import.meta.main) {
  const [path, checkpoint, moment] = process.argv.slice(2) as [string, string, string | undefined]
  const fingerprint = await train(path, checkpoint, (batches) => {
    if (batches === Number(moment)) process.kill(process.pid, 'SIGKILL')
  })
  console.log(JSON.stringify({ fingerprint }))
}
