/** @file Searches over a table: in the calling thread and in several, with samples that mislead, filters and new segments. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import type { Neighbours } from '../../src/vectors/neighbours.ts'
import { ThreadedSearch } from '../../src/vectors/threaded-search.ts'
import type { SearchRequest } from '../../src/vectors/vector-search.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { bestOfAll, randomFilter, randomTable, randomVectors } from './random-table.ts'

const open: ThreadedSearch[] = []
after(() => Promise.all(open.map((search) => search.close())))

/** The same request in this thread, and in three others. */
async function everywhere(table: VectorTable, request: SearchRequest): Promise<Neighbours[]> {
  const local = new LocalSearch(table)
  const found = local.search(request)
  local.close()
  const threaded = new ThreadedSearch(table, { threads: 3 })
  open.push(threaded)
  assert.deepEqual(await threaded.search(request), found)
  return found
}

test('several threads find what one finds, and that is the best', async () => {
  for (const seed of [1, 2, 3]) {
    const tableCase = {
      seed,
      format: 'int8',
      metric: 'cosine',
      dim: 33,
      rows: 3000,
      dead: 0.2,
      coarse: true,
    } as const
    const filled = randomTable(tableCase)
    const random = createRandom(seed, 1)
    const filter = randomFilter(random)
    const queries = randomVectors(random, 5, 33, true)
    const found = await everywhere(filled.table, { queries, k: 50, filter })
    found.forEach(({ items }, q) => {
      const wanted = bestOfAll(filled, queries.subarray(q * 33, (q + 1) * 33), 50, filter)
      assert.deepEqual(
        [...items],
        wanted.map(({ row }) => row),
      )
    })
  }
})

/** Rows of one number, as many as a sample is worth. */
function longTable(value: (row: number) => number): VectorTable {
  const table = new VectorTable({ dim: 1, format: 'float32', metric: 'inner-product' })
  table.append(Float32Array.from({ length: 140_000 }, (_, row) => value(row)))
  return table
}

test('a sample that says too much is found out: the scan is made once more', async () => {
  // Every sampled block is good, all others are bad: far fewer rows reach the floor than are wanted.
  const blocks = Math.ceil(140_000 / 64)
  const sampled = new Set(Array.from({ length: 128 }, (_, n) => Math.floor(((n + 0.5) * blocks) / 128)))
  const table = longTable((row) => (sampled.has(row >> 6) ? 1000 : 0) + row / 140_000)
  const [up, down] = await everywhere(table, { queries: Float32Array.of(1, -1), k: 20_000 })
  assert.equal(up.items.length, 20_000)
  assert.equal(up.items.filter((row) => sampled.has(row >> 6)).length, 128 * 64)
  assert.deepEqual([down.items.length, down.items[0]], [20_000, 0])
})

test('a sample leaves the many best as they are, equal scores included', async () => {
  const random = createRandom(5)
  const values = Array.from({ length: 140_000 }, () => random.below(3000))
  const table = longTable((row) => values[row])
  const [found] = await everywhere(table, { queries: Float32Array.of(1), k: 10_000 })
  const wanted = values.map((_, row) => row).sort((a, b) => values[b] - values[a] || a - b)
  assert.deepEqual([...found.items], wanted.slice(0, 10_000))
})

test('exactly k rows come back when so many match, all of them when fewer do', async () => {
  const table = new VectorTable({
    dim: 8,
    format: 'int4',
    metric: 'l2',
    attributes: { share: { kind: 'category', values: ['1 %', '10 %', '90 %'] } },
  })
  const random = createRandom(2)
  table.append(randomVectors(random, 5000, 8, false), (n) => ({
    share: [
      ...(n % 100 === 0 ? ['1 %'] : []),
      ...(n % 10 === 0 ? ['10 %'] : []),
      ...(n % 10 > 0 ? ['90 %'] : []),
    ],
  }))
  const queries = randomVectors(random, 2, 8, false)
  for (const [share, k, size] of [
    ['1 %', 20, 20],
    ['1 %', 500, 50],
    ['10 %', 500, 500],
    ['90 %', 4500, 4500],
    ['90 %', 5000, 4500],
  ] as const)
    for (const { items } of await everywhere(table, {
      queries,
      k,
      filter: { attribute: 'share', anyOf: [share] },
    }))
      assert.equal(items.length, size)
})

test('rows in segments that were appended after the threads began are found', async () => {
  const table = new VectorTable({ dim: 2, format: 'int8', metric: 'inner-product' }, 64 * 1024)
  table.append(new Float32Array(2 * 100).fill(1))
  const threaded = new ThreadedSearch(table, { threads: 2 })
  open.push(threaded)
  const request = { queries: Float32Array.of(1, 1), k: 3 }
  assert.deepEqual([...(await threaded.search(request))[0].items], [0, 1, 2])
  for (let n = 0; n < 3; n++) {
    table.append(new Float32Array(2 * 4000).fill(1))
    const row = table.insert([5 + n, 5 + n])
    assert.equal((await threaded.search(request))[0].items[0], row)
  }
  assert.ok(table.parts.segments.length > 2)
})

test('an empty table and an empty batch have nothing to find', async () => {
  const table = new VectorTable({ dim: 2, format: 'float16', metric: 'cosine' })
  assert.deepEqual(await everywhere(table, { queries: new Float32Array(0), k: 5 }), [])
  const [found] = await everywhere(table, { queries: Float32Array.of(0, 0), k: 5 })
  assert.equal(found.items.length, 0)
})

test('a request that does not fit the table is refused', async () => {
  const { table } = randomTable({
    seed: 1,
    format: 'int8',
    metric: 'l2',
    dim: 3,
    rows: 10,
    dead: 0,
    coarse: true,
  })
  const local = new LocalSearch(table)
  const queries = new Float32Array(3)
  const refused = (request: SearchRequest) =>
    assert.throws(() => local.search(request), { code: 'invalid-option' })
  refused({ queries, k: 0 })
  refused({ queries, k: 1.5 })
  refused({ queries, k: 1e9 })
  refused({ queries: new Float32Array(4), k: 1 })
  refused({ queries: Float32Array.of(1, Number.NaN, 1), k: 1 })
  refused({ queries, k: 1, filter: { attribute: 'weight', from: 1 } })
  refused({ queries, k: 1, filter: { attribute: 'colour', from: 1 } })
  refused({ queries, k: 1, filter: { attribute: 'colour', anyOf: ['mauve'] } })
  refused({ queries, k: 1, filter: { attribute: 'price', anyOf: ['red'] } })
  refused({ queries, k: 1, filter: { attribute: 'price', from: Number.NaN } })
  let deep: SearchRequest['filter'] = { attribute: 'price' }
  for (let n = 0; n < 40; n++) deep = { all: [{ attribute: 'price' }, deep] }
  refused({ queries, k: 1, filter: deep })
})

test('64 threads may search a table at one time, and closing makes room', () => {
  const table = new VectorTable({ dim: 2, format: 'int8', metric: 'inner-product' })
  const searches = Array.from({ length: 64 }, () => new LocalSearch(table))
  assert.throws(() => new LocalSearch(table), { code: 'unavailable' })
  searches[40].close()
  new LocalSearch(table)
})
