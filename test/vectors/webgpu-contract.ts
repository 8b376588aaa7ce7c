/** @file What a search on a GPU must find; `webgpu.test.ts` runs it in a process that sees a driver. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import { isInteger } from '../../src/vectors/table-layout.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { type WebGpuOptions, WebGpuSearch } from '../../src/vectors/webgpu-search.ts'
import { bestOfAll, randomAllowed, randomFilter, randomTable, randomVectors } from './random-table.ts'
import { sameRows } from './same-rows.ts'

async function searching(
  table: VectorTable,
  work: (search: WebGpuSearch) => Promise<void>,
  options: WebGpuOptions = {},
): Promise<void> {
  const search = await WebGpuSearch.open(table, options)
  try {
    await work(search)
  } finally {
    await search.close()
  }
}

/** Compiling is what takes long on a software driver: one table a format, between them all metrics and kinds of lengths. */
const TABLES = [
  { format: 'float32', metric: 'l2', dim: 7, rows: 1200, bufferBytes: 20_000 },
  { format: 'float16', metric: 'cosine', dim: 65, rows: 700 },
  { format: 'int8', metric: 'cosine', dim: 64, rows: 1500, bufferBytes: 20_000 },
  { format: 'int8', metric: 'l2', dim: 130, rows: 900, unpacked: true },
  { format: 'int4', metric: 'inner-product', dim: 33, rows: 1100 },
  { format: 'binary', metric: 'l2', dim: 200, rows: 1300 },
] as const

for (const { format, metric, dim, rows, ...options } of TABLES) {
  test(`a GPU finds what sorting all scores finds: ${format}, ${metric}, ${dim} dimensions`, async () => {
    const requests = fc.record({
      seed: fc.integer(),
      k: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(100, 400, 5000)),
      count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(33)),
      filtered: fc.boolean(),
      bounded: fc.boolean(),
    })
    // Coarse values make equal scores frequent.
    const coarse = dim % 2 === 0
    const filled = randomTable({ seed: dim, format, metric, dim, rows, dead: 0.1, coarse })
    const { table } = filled
    const local = new LocalSearch(table, 'reference')
    const property = fc.asyncProperty(requests, async ({ seed, k, count, filtered, bounded }) => {
      const random = createRandom(seed)
      const queries = randomVectors(random, count, dim, coarse)
      const filter = filtered ? randomFilter(random) : undefined
      const allowed = bounded ? randomAllowed(random, rows) : undefined
      const request = { queries, k, filter, allowed }
      const found = await gpu.search(request)
      assert.equal(found.length, count)
      if (isInteger(format)) assert.deepEqual(found, local.search(request))
      const query = queries.subarray(0, dim)
      sameRows(filled, query, found[0], bestOfAll(filled, query, k, filter, allowed))
    })
    const gpu = await WebGpuSearch.open(table, options)
    await fc.assert(property, { numRuns: 8 }).finally(() => gpu.close())
    local.close()
  })
}

test('a thread that scores several queries at once scores each as one alone', async () => {
  const tableCase = { seed: 5, metric: 'l2', dim: 40, rows: 900, dead: 0.1, coarse: false } as const
  const { table } = randomTable({ ...tableCase, format: 'int4' })
  const request = { queries: randomVectors(createRandom(8), 11, 40, false), k: 30 }
  const local = new LocalSearch(table, 'reference')
  await searching(
    table,
    async (search) => assert.deepEqual(await search.search(request), local.search(request)),
    { threadQueries: 3 },
  )
  local.close()
})

test('rows that get better and better overflow what is collected, and none is lost', async () => {
  // The worst order: every row passes the limit that the rows before it have set.
  const rows = 60_000
  const table = new VectorTable({ dim: 2, format: 'int8', metric: 'inner-product' })
  table.append(Float32Array.from({ length: 2 * rows }, (_, n) => 1 + (n >> 1) / rows))
  const queries = Float32Array.of(1, 0, -1, 0, 0, 1)
  const local = new LocalSearch(table)
  await searching(table, async (search) => {
    for (const k of [1, 1000, 20_000])
      assert.deepEqual(await search.search({ queries, k }), local.search({ queries, k }))
  })
  local.close()
})

test('equal scores are ordered by row, though threads come in any order', async () => {
  const table = new VectorTable({ dim: 8, format: 'binary', metric: 'inner-product' })
  const random = createRandom(4)
  table.append(randomVectors(random, 60_000, 8, false))
  const queries = randomVectors(random, 4, 8, false)
  const local = new LocalSearch(table)
  await searching(table, async (search) => {
    for (const k of [10, 20_000])
      assert.deepEqual(await search.search({ queries, k }), local.search({ queries, k }))
  })
  local.close()
})

test('what was written after opening is found: changed rows, deleted ones, and many new ones', async () => {
  const table = new VectorTable({ dim: 4, format: 'int8', metric: 'l2' })
  const random = createRandom(6)
  table.append(randomVectors(random, 500, 4, false))
  await searching(
    table,
    async (search) => {
      const request = { queries: randomVectors(random, 3, 4, false), k: 25 }
      for (let turn = 0; turn < 4; turn++) {
        const local = new LocalSearch(table)
        assert.deepEqual(await search.search(request), local.search(request))
        local.close()
        for (let n = 0; n < 50; n++) {
          const row = random.below(500)
          if (n % 2) table.set(row, randomVectors(random, 1, 4, false))
          else table.delete(row)
        }
        if (turn > 0) table.append(randomVectors(random, 700 * turn, 4, false))
      }
    },
    { bufferBytes: 16_384 },
  )
})

test('an empty table and an empty batch have nothing to find; a request that does not fit is refused', async () => {
  const table = new VectorTable({ dim: 2, format: 'float16', metric: 'cosine' })
  await searching(table, async (search) => {
    assert.deepEqual(await search.search({ queries: new Float32Array(0), k: 5 }), [])
    const [found] = await search.search({ queries: Float32Array.of(1, 0), k: 5 })
    assert.equal(found.items.length, 0)
    await assert.rejects(search.search({ queries: new Float32Array(3), k: 5 }), { code: 'invalid-option' })
    assert.ok(search.device.length > 0)
  })
})
