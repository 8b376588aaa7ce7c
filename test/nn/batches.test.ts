import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packBatch, unpackBatch } from '../../src/nn/batch-memory.ts'
import { type BatchSource, batchesFromWorkers, inAdvance, type TrainBatch } from '../../src/nn/batches.ts'
import { batchOf } from './numbered-batches.ts'

async function all(source: BatchSource, epoch: number, from: number, ahead: number): Promise<TrainBatch[]> {
  const found: TrainBatch[] = []
  // What threads made is written over once the next one is asked for.
  for await (const batch of inAdvance(source, epoch, from, ahead)) found.push(copyOf(batch))
  return found
}

const copyOf = (batch: TrainBatch): TrainBatch =>
  Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, values.slice()]))

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
      for await (const batch of inAdvance(source, 0, 4, 8)) found.push(copyOf(batch))
    }, /there is no batch 7/)
  } finally {
    await source.close?.()
  }
  assert.deepEqual(found, expected(0, 4, 7))
})

test('memory of batches is used again: as many pieces as batches are out at once', async () => {
  const source = batchesFromWorkers(new URL('batch-worker.ts', import.meta.url), 3, { count: 60, threads: 2 })
  let pieces = 0
  const look = (batch: TrainBatch) => {
    // Behind the batch there is room to spare, where a mark stays.
    const bytes = new Uint8Array(batch.values!.buffer)
    if (bytes.at(-1) === 0) pieces++
    bytes[bytes.length - 1] = 1
  }
  try {
    for (const epoch of [0, 1]) for await (const batch of inAdvance(source, epoch, 8, 4)) look(batch)
    // Whoever leaves in the middle gives back what was made for nothing.
    for await (const _ of inAdvance(source, 0, 8, 4)) break
    for await (const batch of inAdvance(source, 0, 8, 4)) look(batch)
  } finally {
    await source.close?.()
  }
  assert.equal(pieces, 4)
})

test('a batch that is released twice, or early, gives no memory to two others', async () => {
  const source = batchesFromWorkers(new URL('batch-worker.ts', import.meta.url), 3, { count: 60, threads: 2 })
  try {
    const first = await source.batch(0, 0)
    for (const _ of [1, 2]) source.release!(first)
    const [a, b] = await Promise.all([source.batch(0, 1), source.batch(0, 2)])
    assert.deepEqual([a, b], expected(0, 1, 3))
  } finally {
    await source.close?.()
  }
})

test('arrays of all types and lengths come through memory that once held others', () => {
  let memory: SharedArrayBuffer | null = null
  for (const length of [3, 0, 100, 7]) {
    const batch: TrainBatch = {
      empty: new Uint32Array(0),
      ids: Uint32Array.from({ length }, (_, k) => 2 ** 32 - 1 - k),
      times: Float64Array.from({ length }, (_, k) => k + 1 / 3),
      rows: Int32Array.from({ length }, (_, k) => -k),
      weights: Float32Array.from({ length }, (_, k) => k / 8),
      mask: Uint8Array.from({ length }, (_, k) => k % 2),
    }
    const packed = packBatch(batch, memory)
    assert.deepEqual(unpackBatch(structuredClone(packed)), batch)
    if (memory && length < 100) assert.equal(packed.memory, memory)
    memory = packed.memory
  }
})
