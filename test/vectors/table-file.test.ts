/** @file Tables come back from files as they were; files that are not whole or not sound are refused with a reason. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { sharedInt32 } from '../../src/base/shared.ts'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import { loadTable, saveTable } from '../../src/vectors/table-file.ts'
import { FORMATS, METRICS } from '../../src/vectors/table-layout.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { COLUMNS, randomFilter, randomTable, randomVectors, SMALL_SEGMENT } from './random-table.ts'
import type { FlippingData } from './row-flipping-worker.ts'

let folder: string
let file: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labrador-table-'))
  file = join(folder, 'vectors.table')
})
after(() => rm(folder, { recursive: true }))

const tables = fc.record({
  seed: fc.integer(),
  format: fc.constantFrom(...FORMATS),
  metric: fc.constantFrom(...METRICS),
  dim: fc.integer({ min: 1, max: 70 }),
  rows: fc.integer({ min: 0, max: 700 }),
  dead: fc.constantFrom(0, 0.2),
  coarse: fc.boolean(),
  approximation: fc.boolean(),
})

test('a table that was saved and loaded answers as before, and takes writes', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (tableCase) => {
      const { table } = randomTable(tableCase)
      await saveTable(table, file)
      const loaded = await loadTable(file, 2 * SMALL_SEGMENT)
      assert.deepEqual([loaded.rows, loaded.live, loaded.shape], [table.rows, table.live, table.shape])
      const random = createRandom(tableCase.seed, 3)
      const request = {
        queries: randomVectors(random, 2, tableCase.dim, false),
        k: 800,
        filter: randomFilter(random),
      }
      assert.deepEqual(new LocalSearch(loaded).search(request), new LocalSearch(table).search(request))
      const vector = request.queries.subarray(0, tableCase.dim)
      assert.deepEqual(loaded.vectorAt(loaded.insert(vector)), table.vectorAt(table.insert(vector)))
      assert.equal(loaded.live, table.live)
    }),
    { numRuns: 30 },
  )
})

/** Writes a good file, lets `change` spoil it, and expects it to be refused. */
async function refused(change: (bytes: Buffer) => Buffer, reason: RegExp): Promise<void> {
  const { table } = randomTable({
    seed: 1,
    format: 'int8',
    metric: 'l2',
    dim: 5,
    rows: 100,
    dead: 0.1,
    coarse: false,
  })
  await saveTable(table, file)
  await writeFile(file, change(await readFile(file)))
  await assert.rejects(loadTable(file), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'damaged-artefact')
    assert.match(error.message, reason)
    return true
  })
}

const blocksAt = (bytes: Buffer) => Math.ceil((16 + bytes.readUInt32LE(8)) / 64) * 64

/** Another header with its own checksum in front of the same blocks. */
const withHeader = (change: (header: Record<string, object>) => unknown) => (bytes: Buffer) => {
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(8)))
  const json = Buffer.from(JSON.stringify(change(header) ?? header))
  const start = Buffer.alloc(Math.ceil((16 + json.length) / 64) * 64)
  bytes.copy(start, 0, 0, 8)
  start.writeUInt32LE(json.length, 8)
  start.writeUInt32LE(crc32(json), 12)
  json.copy(start, 16)
  return Buffer.concat([start, bytes.subarray(blocksAt(bytes))])
}

/** Changes the blocks and the checksum with them. */
const withBlocks = (change: (blocks: Buffer) => void) => (bytes: Buffer) => {
  const blocks = bytes.subarray(blocksAt(bytes), bytes.length - 8)
  change(blocks)
  bytes.writeUInt32LE(crc32(blocks), bytes.length - 8)
  return bytes
}

test('files that are no tables, or cut off, are refused', async () => {
  await refused(() => Buffer.alloc(0), /too few/)
  await refused(() => Buffer.alloc(5000), /no vector table/)
  await refused((bytes) => bytes.fill('X', 0, 1), /no vector table/)
  for (const length of [10, 16, 40, 200, 1000])
    await refused((bytes) => bytes.subarray(0, length), /bytes|cut off/)
  await refused((bytes) => bytes.subarray(0, bytes.length - 1), /expected/)
  await refused((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), /expected/)
  await refused((bytes) => {
    bytes.writeUInt32LE(0xfffffff0, 8)
    return bytes
  }, /too long/)
})

test('headers that no table has are refused before memory is taken', async () => {
  for (const [change, reason] of [
    [(header) => ({ ...header, shape: { ...header.shape, dim: 1e9 } }), /dim/],
    [(header) => ({ ...header, shape: { ...header.shape, dim: -1 } }), /dim/],
    [(header) => ({ ...header, shape: { ...header.shape, dim: '5' } }), /dim/],
    [(header) => ({ ...header, shape: { ...header.shape, format: 'int3' } }), /format/],
    [(header) => ({ ...header, shape: { ...header.shape, metric: '' } }), /metric/],
    [(header) => ({ ...header, shape: { ...header.shape, attributes: { a: null } } }), /./],
    [
      (header) => ({
        ...header,
        shape: { ...header.shape, attributes: { a: { kind: 'category', values: 3 } } },
      }),
      /./,
    ],
    [(header) => ({ ...header, shape: null }), /shape/],
    [(header) => ({ ...header, rows: 4e9 }), /expected/],
    [(header) => ({ ...header, rows: 1e20 }), /rows/],
    [(header) => ({ ...header, rows: -5 }), /rows/],
    [(header) => ({ ...header, rows: null }), /rows/],
    [(header) => ({ ...header, live: 99 }), /live/],
    [(header) => ({ ...header, live: 1000 }), /live/],
    [(header) => ({ ...header, blockBytes: 64 }), /blocks of/],
    [() => 7, /shape/],
    [() => [], /shape/],
  ] as [(header: Record<string, object>) => unknown, RegExp][])
    await refused(withHeader(change), reason)
})

test('blocks that would make scores that are no numbers are refused, though their checksum fits', async () => {
  const scales = 64
  const norms = 64 + 256
  await refused(
    withBlocks((blocks) => blocks.writeFloatLE(Number.NaN, scales)),
    /row 0 has the scale NaN/,
  )
  await refused(
    withBlocks((blocks) => blocks.writeFloatLE(Number.POSITIVE_INFINITY, scales)),
    /scale Infinity/,
  )
  await refused(
    withBlocks((blocks) => blocks.writeFloatLE(-1, scales)),
    /scale -1/,
  )
  await refused(
    withBlocks((blocks) => blocks.writeFloatLE(Number.NaN, norms)),
    /squared length NaN/,
  )
  await refused(
    withBlocks((blocks) => blocks.writeUInt32LE(7, 0)),
    /sequence/,
  )
  await refused(
    withBlocks((blocks) => blocks.writeUInt32LE(0xffffffff, blocks.length / 2 + 12)),
    /only 36/,
  )
})

test('any byte that changed is noticed', async () => {
  const { table } = randomTable({
    seed: 2,
    format: 'float16',
    metric: 'cosine',
    dim: 7,
    rows: 70,
    dead: 0,
    coarse: true,
  })
  await saveTable(table, file)
  const good = await readFile(file)
  const header = 16 + good.readUInt32LE(8)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: good.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        // Between the header and the blocks is nothing.
        fc.pre(at < header || at >= blocksAt(good))
        const bytes = Buffer.from(good)
        bytes[at] ^= change
        await writeFile(file, bytes)
        await assert.rejects(loadTable(file), { code: 'damaged-artefact' })
      },
    ),
    { numRuns: 100 },
  )
})

test('a table that is written to while it is saved comes back with whole rows', async () => {
  const dim = 300
  const vectors: [Float32Array, Float32Array] = [
    new Float32Array(dim).fill(1),
    new Float32Array(dim).fill(-5),
  ]
  const table = new VectorTable({ dim, format: 'int8', metric: 'l2', attributes: COLUMNS })
  table.reserve(500)
  const state = sharedInt32(2)
  const workerData: FlippingData = { parts: table.parts, rows: 500, vectors, seed: 1, state }
  const writer = new Worker(new URL('./row-flipping-worker.ts', import.meta.url), { workerData })
  try {
    for (let n = 0; n < 20; n++) {
      await Atomics.waitAsync(state, 1, Atomics.load(state, 1)).value
      await saveTable(table, file)
      const loaded = await loadTable(file)
      for (let row = 0; row < loaded.rows; row++) {
        if (!loaded.has(row)) continue
        const vector = loaded.vectorAt(row)
        assert.ok(vector.every((value) => Math.abs(value - vector[0]) < 1e-6))
        assert.ok(Math.abs(vector[0] - 1) < 1e-6 || Math.abs(vector[0] + 5) < 1e-6)
      }
    }
  } finally {
    const stopped = once(writer, 'message')
    Atomics.store(state, 0, 1)
    await stopped
    await writer.terminate()
  }
})

test('a file that is not there is said to be missing', async () => {
  const error = { code: 'invalid-file', message: /nowhere\.table: there is no such file/ }
  await assert.rejects(loadTable(join(tmpdir(), 'nowhere.table')), error)
})
