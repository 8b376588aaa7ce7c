import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { DamagedArtefactError } from '../../src/base/errors.ts'
import { type Progress, silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import type { BatchSource } from '../../src/nn/batches.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { NotFiniteError } from '../../src/nn/errors.ts'
import { linear } from '../../src/nn/layers/linear.ts'
import { add, multiply, subtract } from '../../src/nn/operators/arithmetic.ts'
import { square } from '../../src/nn/operators/pointwise.ts'
import { mean } from '../../src/nn/operators/reductions.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { sgd } from '../../src/nn/optimisers/sgd.ts'
import { input } from '../../src/nn/tensor.ts'
import { Trainer, type TrainerOptions } from '../../src/nn/trainer.ts'
import { BATCHES, EPOCHS, trainWithTables } from './tables-training.ts'

const run = promisify(execFile)
const INPUTS = 3
const x = input('x', ['batch', INPUTS])
const loss = mean(square(subtract(linear('line', 1)(x), input('y', ['batch', 1]))))

/** y = x₀ − 2 x₁ + 3 x₂ + 1 */
const source: BatchSource = {
  count: 5,
  batch(epoch, index) {
    const random = createRandom(epoch, index)
    const rows = Float32Array.from({ length: 16 * INPUTS }, random.normal)
    const at = (row: number, k: number) => rows[row * INPUTS + k]!
    const y = Float32Array.from({ length: 16 }, (_, r) => at(r, 0) - 2 * at(r, 1) + 3 * at(r, 2) + 1)
    return { x: rows, y }
  },
}

const open = (options: Partial<TrainerOptions> = {}) =>
  Trainer.open(loss, { optimiser: adamW(), rate: 0.05, seed: 1, ...options })

const copyOf = ({ weights }: Trainer) =>
  new Map(Array.from(weights, ([name, values]) => [name, values.slice()]))

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-trainer-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('epochs lower the loss and find the line that made the labels', async () => {
  const trainer = await open()
  const report = await trainer.fit(source, { epochs: 40, progress: silentProgress })
  assert.equal(report.batches, 200)
  assert.equal(report.losses.length, 40)
  assert.ok(report.losses.at(-1)! < 1e-3 * report.losses[0]!)
  assert.deepEqual(Array.from(trainer.weights.get('line/weight')!, Math.round), [1, -2, 3])
  await trainer.close()
})

test('progress tells the mean loss of the epoch so far, and counts examples and products', async () => {
  const told: { done: number; loss: number; examples: number; gflop: number }[] = []
  const progress: Progress = {
    start: () => ({
      update(done, { figures, counts } = {}) {
        told.push({ done, loss: figures!.loss!, examples: counts!.examples!, gflop: counts!.GFLOP! })
      },
      end() {},
    }),
  }
  const output = linear('out', 1)(linear('hidden', 8)(x))
  const error = mean(square(subtract(output, input('y', ['batch', 1]))))
  const trainer = await Trainer.open(error, { optimiser: sgd(), rate: 0.001, seed: 1 })
  const { losses } = await trainer.fit(source, { epochs: 2, progress })
  await trainer.close()
  assert.equal(told.length, 2 * source.count)
  for (const epoch of [1, 2]) assert.equal(told[epoch * source.count - 1]!.loss, losses[epoch - 1])
  const { done, examples, gflop } = told.at(-1)!
  assert.equal(examples, done * 16)
  // Each matrix forward and backward, and what is hidden backward; nobody asks for the slope by x.
  const products = 2 * 16 * (2 * INPUTS * 8 + 3 * 8)
  assert.ok(Math.abs(gflop - (done * products) / 1e9) < 1e-12)
})

test('early stopping waits its patience, and gives back the weights of the best epoch', async () => {
  const trainer = await open()
  const seen: Map<string, Float32Array>[] = []
  const values = [0.2, 0.5, Number.NaN, 0.5, 0.4, 0.9]
  const report = await trainer.fit(source, {
    epochs: 6,
    progress: silentProgress,
    patience: 3,
    evaluate(_, epoch) {
      seen.push(copyOf(trainer))
      return values[epoch]!
    },
  })
  assert.deepEqual(report.values, values.slice(0, 5))
  assert.deepEqual([report.best, report.epochs, report.losses.length], [1, 5, 5])
  assert.deepEqual(copyOf(trainer), seen[1])
  assert.notDeepEqual(seen[1], seen[4])
  await trainer.close()
})

test('a first value that is no number does not stay the best', async () => {
  const trainer = await open()
  const evaluate = (_: unknown, epoch: number) => [Number.NaN, 0.1][epoch]!
  const { best } = await trainer.fit(source, { epochs: 2, progress: silentProgress, evaluate })
  assert.equal(best, 1)
  await trainer.close()
})

test('a table that fills two inputs makes one update of both gradients, at the end of accumulated batches', async () => {
  const [left, right] = ['left', 'right'].map((name) => input(name, ['batch', 2]))
  // The gradient of each row is its weight over the size of the batch.
  const rowsLoss = mean(add(multiply(left!, 2), multiply(right!, 6)))
  const table = new EmbeddingTable(4, 2, { seed: 1 })
  const before = table.values.slice()
  const tables = [left!, right!].map((each) => ({ input: each, table }))
  const trainer = await Trainer.open(rowsLoss, {
    optimiser: sgd(),
    rate: 0.1,
    seed: 1,
    accumulate: 2,
    tables,
  })
  await trainer.step({ left: Uint32Array.of(1, 2), right: Uint32Array.of(2, 2) })
  assert.deepEqual(table.values, before)
  await trainer.step({ left: Uint32Array.of(1, 1), right: Uint32Array.of(3, 3) })
  // Sums: row 1 (2 + 4)/8, row 2 (2 + 12)/8, row 3 12/8: Adagrad's first step is the rate for each.
  assert.deepEqual(
    Array.from(table.states.squares!, (sum) => Math.sqrt(sum)),
    [0, 0.75, 1.75, 1.5],
  )
  const moves = Array.from(table.values, (value, k) => Math.round((before[k]! - value) * 1000) / 1000)
  assert.deepEqual(moves, [0, 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
  await trainer.close()
})

test('a batch that makes the loss no number changes no table', async () => {
  const row = input('row', ['batch', 2])
  const table = new EmbeddingTable(4, 2, { seed: 1 })
  const before = table.values.slice()
  const ofRow = mean(multiply(row, input('factor', ['batch', 1])))
  const trainer = await Trainer.open(ofRow, {
    optimiser: sgd(),
    rate: 0.1,
    seed: 1,
    tables: [{ input: row, table }],
  })
  const batch = { row: Uint32Array.of(1), factor: Float32Array.of(Number.NaN) }
  await assert.rejects(trainer.step(batch), (error: Error) => {
    assert.ok(error instanceof NotFiniteError)
    assert.match(error.message, /factor \[batch, 1\] is not finite/)
    return true
  })
  assert.deepEqual(table.values, before)
  await trainer.close()
})

test('a training that is killed again and again ends with the same bits as one that never was', async () => {
  await inFolder(async (folder) => {
    const expected = await trainWithTables(null)
    const path = join(folder, 'checkpoint')
    // Before the first checkpoint, in an epoch, between the last batch of one and its measuring, in the last one.
    for (const moment of ['batch 5', 'batch 15', 'epoch 1', `batch ${EPOCHS * BATCHES - 1}`])
      assert.equal(await trainInChild(path, moment), null)
    const { losses, values } = expected.report
    const learned = await trainInChild(path)
    assert.deepEqual(learned, { fingerprint: expected.fingerprint, losses, values })
  })
})

/** @returns what was learned; null when it was killed at the moment */
async function trainInChild(path: string, moment = 'never'): Promise<unknown> {
  const module = join(import.meta.dirname, 'tables-training.ts')
  const result = await run(process.execPath, [module, path, moment]).catch((error) => {
    assert.equal(error.signal, 'SIGKILL')
    return null
  })
  return result && JSON.parse(result.stdout)
}

test('a training that had ended is not run again', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'checkpoint')
    const first = await trainWithTables(path)
    let batches = 0
    const second = await trainWithTables(path, (moment) => {
      if (moment.startsWith('batch')) batches++
    })
    assert.equal(second.fingerprint, first.fingerprint)
    assert.deepEqual(second.report.losses, first.report.losses)
    assert.ok(batches === 0, `${batches} of ${EPOCHS * BATCHES} batches again`)
  })
})

test('a checkpoint of another network, or no checkpoint at all, is refused', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'checkpoint')
    const fit = { epochs: 1, progress: silentProgress, checkpoint: { path, every: 1 } }
    const trainer = await open()
    await trainer.fit(source, fit)
    await trainer.close()
    const other = await Trainer.open(mean(square(linear('other', 2)(x))), {
      optimiser: adamW(),
      rate: 0.1,
      seed: 1,
    })
    await assert.rejects(other.fit(source, fit), DamagedArtefactError)
    await writeFile(path, 'something else')
    await assert.rejects(other.fit(source, fit), DamagedArtefactError)
    await other.close()
  })
})
