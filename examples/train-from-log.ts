/**
 * @file Training straight from the event log of a store: who had these items takes up which one next. Batches are made by a thread,
 * however long the log is, and the model corrects for popular items by what it sees pass.
 *
 *   node examples/train-from-log.ts [store.db]
 *
 * In a project of your own, import from 'labrador' and 'labrador/nn'.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as labrador from '../src/index.ts'
import * as nn from '../src/nn/index.ts'

const [DIM, NEGATIVES, EPOCHS] = [32, 128, 5]
const folder = await mkdtemp(join(tmpdir(), 'labrador-example-'))
const store = labrador.openStore(process.argv[2] ?? join(folder, 'store.db'))
if (!process.argv[2]) store.appendEvents(madeUpOrders())

// Examples are the positive events: the item, and the last twenty that its user had before, as values and offsets.
const stream = new labrador.LogStream(store, { batch: 256, history: 20, shuffle: { block: 65_536, seed: 1 } })
console.log(`${stream.examples} examples of ${stream.users} users and ${stream.items} items`)
console.log(`The thread that reads them keeps ${(stream.residentBytes / 2 ** 20).toFixed(1)} MiB.`)

// One tower for the history, rows for the items; negatives are the items of the batch, and some of the whole catalogue.
const tower = nn.mlp('user', [2 * DIM, DIM])
const [history, item] = [nn.input('history', ['batch', DIM]), nn.input('item', ['batch', DIM])]
const negative = nn.input('negative', [NEGATIVES, DIM])
const loss = nn.sampledSoftmax(
  nn.unitLength(tower(history, true)),
  { vectors: nn.unitLength(item), logQ: nn.input('logQ', ['batch']) },
  {
    temperature: 0.2,
    negatives: { vectors: nn.unitLength(negative), logQ: nn.input('negative/logQ', [NEGATIVES]) },
  },
)
const had = new nn.EmbeddingTable(stream.items, DIM, { seed: 1 })
const next = new nn.EmbeddingTable(stream.items, DIM, { seed: 2 })
const frequency = new nn.StreamingFrequency({ slots: 65_536, hashes: 2 })
const trainer = await nn.Trainer.open(loss, {
  optimiser: nn.adamW(),
  rate: 0.001,
  tableRate: 0.1,
  schedule: nn.linearDecay(EPOCHS * stream.count),
  seed: 1,
  tables: [
    { input: history, table: had, isBag: true },
    { input: item, table: next },
    { input: negative, table: next },
  ],
  samplers: [
    nn.mixedNegatives({ items: 'item', catalogue: stream.items, count: NEGATIVES, seed: 1, frequency }),
  ],
})
const { losses } = await trainer.fit(stream, {
  epochs: EPOCHS,
  progress: nn.silentProgress,
  // Killed and started again, it goes on from here, with the log as it was.
  checkpoint: { path: join(folder, 'training.checkpoint'), every: 100 },
})
console.log(`Loss of each epoch: ${losses.map((one) => one.toFixed(2)).join(', ')}`)

const file = join(folder, 'user-tower.onnx')
await nn.exportModel(file, { vector: nn.unitLength(tower(history)) }, trainer.weights)
const model = await nn.openModel(file, {
  inputs: { history: { shape: ['batch', DIM] } },
  outputs: { vector: { shape: ['batch', DIM] } },
})
const ids = store.idsOf('items')
for (const number of [0, 1, 2]) {
  const row = new Float32Array(DIM)
  had.gather([number], row)
  const { vector } = await model.run({ history: row }, 1)
  const scores = Array.from({ length: stream.items }, (_, k) => cosine(vector as Float32Array, k))
  const best = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).filter((k) => k !== number)
  const names = best.slice(0, 3).map((k) => labrador.idAt(ids, k))
  console.log(`After ${labrador.idAt(ids, number)} come ${names.join('; ')}`)
}

await Promise.all([model.close(), trainer.close(), stream.close()])
store.close()
await rm(folder, { recursive: true })

function cosine(vector: Float32Array, number: number): number {
  const row = next.values.subarray(number * DIM, (number + 1) * DIM)
  const product = row.reduce((sum, value, k) => sum + value * vector[k]!, 0)
  return product / Math.hypot(...row)
}

/** Customers who keep to one shelf of twelve things, but for the bags that everybody takes along. */
function madeUpOrders(): labrador.EventRecord[] {
  const random = nn.createRandom(1)
  return Array.from({ length: 12_000 }, (_, k) => {
    const customer = random.below(300)
    const isBag = k > 100 && random.float() < 0.15
    const item = isBag ? `bag ${random.below(3)}` : `shelf ${customer % 10}, ${random.below(12)}`
    const event = { user: `customer ${customer}`, item, time: 1_767_225_600_000 + 60_000 * k }
    return { ...event, id: null, kind: 'purchase', value: null, session: null, context: null }
  })
}
