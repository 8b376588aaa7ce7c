import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BatchSource, batchesFromWorkers, inAdvance, type TrainBatch } from '../../src/nn/batches.ts'
import { batchOf } from './numbered-batches.ts'

async function all(source: BatchSource, epoch: number, from: number, ahead: number): Promise<TrainBatch[]> {
  const found: TrainBatch[] = []
  for await (const batch of inAdvance(source, epoch, from, ahead)) found.push(batch)
  return found
}

const expected = (epoch: number, from: number, count: number) =>
  Array.from({ length: count - from }, (_, k) => batchOf(3, epoch, from + k))

test('batches come in order from whichever batch, however many are made in advance', async () => {
  const source: BatchSource = { count: 6, batch: (epoch, index) => batchOf(3, epoch, index) }
  for (const ahead of [0, 1, 4, 100])
    for (const from of [0, 2, 6]) assert.deepEqual(await all(source, 2, from, ahead), expected(2, from, 6))
})

test('no more batches than asked for are made in advance', async () => {
  for (const ahead of [1, 3]) {
    let made = 0
    let used = 0
    const source: BatchSource = {
      count: 20,
      batch(epoch, index) {
        made++
        return batchOf(1, epoch, index % 7)
      },
    }
    for await (const _ of inAdvance(source, 0, 0, ahead)) {
      used++
      assert.equal(made, Math.min(20, used + ahead - 1))
    }
    assert.equal(used, 20)
  }
})

test('threads make the same batches, in order', async () => {
  const source = batchesFromWorkers(new URL('batch-worker.ts', import.meta.url), 3, { count: 6, threads: 2 })
  try {
    assert.deepEqual(await all(source, 1, 1, 4), expected(1, 1, 6))
  } finally {
    await source.close?.()
  }
})

test('a batch that cannot be made stops where it is asked for', async () => {
  const source = batchesFromWorkers(new URL('batch-worker.ts', import.meta.url), 3, { count: 12, threads: 2 })
  const found: TrainBatch[] = []
  try {
    await assert.rejects(async () => {
      for await (const batch of inAdvance(source, 0, 4, 8)) found.push(batch)
    }, /there is no batch 7/)
  } finally {
    await source.close?.()
  }
  assert.deepEqual(found, expected(0, 4, 7))
})
