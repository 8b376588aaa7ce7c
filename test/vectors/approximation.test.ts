/** @file A table of int8 finds the same with an approximation as without: no bound is below what it bounds. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { compileFilter } from '../../src/vectors/filter.ts'
import { referenceKernel } from '../../src/vectors/reference-kernel.ts'
import { loadTable, saveTable } from '../../src/vectors/table-file.ts'
import { METRICS, type TableShape } from '../../src/vectors/table-layout.ts'
import { ThreadedSearch } from '../../src/vectors/threaded-search.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { randomAllowed, randomVectors, SMALL_SEGMENT, scanTable } from './random-table.ts'
import { testedKernels } from './tested-kernels.ts'

const kernels = testedKernels().filter(({ label }) => label !== 'reference')
const DIM = 64

function approximated(
  vectors: Float32Array,
  shape: Partial<TableShape> = {},
  segmentBytes?: number,
): VectorTable {
  const table = new VectorTable(
    { dim: DIM, format: 'int8', metric: 'inner-product', approximation: true, ...shape },
    segmentBytes,
  )
  table.append(vectors, shape.attributes && ((n) => ({ part: n % 3 === 0 ? 'third' : 'rest' })))
  return table
}

/** Holds all kernels to the plain one, which knows no approximation. */
function sameAsPlain(table: VectorTable, queries: Float32Array, scan: Parameters<typeof scanTable>[3]): void {
  const wanted = scanTable(referenceKernel, table, queries, scan)
  for (const { label, kernel } of kernels)
    assert.deepEqual(scanTable(kernel, table, queries, scan), wanted, label)
}

test('rows that reach their bounds are found when every one of them is better than all before', () => {
  const signs = Float32Array.from({ length: DIM }, (_, j) => (j % 3 === 0 ? -1 : 1))
  const rows = 64 * 70
  // 17, 51 and 68 are steps, and 8 is the most that a number may be above its step. 127 is 7 steps and 8: the scale is 1.
  const vectors = new Float32Array(rows * DIM)
  for (let row = 0; row < rows; row++) {
    const winner = row % 64 === 21 ? Math.floor(row / 64) : -1
    for (let j = 0; j < DIM; j++) {
      const size = j === 0 ? 127 : winner < 0 ? 17 : (j <= winner ? 68 : 51) + 8
      vectors[row * DIM + j] = signs[j] * size
    }
  }
  const table = approximated(vectors)
  // Sums that end below, at and above halves of float32's last digit.
  for (const scale of [1, 1 / 3, 1e-7, 0.7]) {
    const queries = signs.map((sign) => sign * scale)
    for (const k of [1, 2, 40]) sameAsPlain(table, queries, { k })
    const best = scanTable(kernels[0].kernel, table, queries, { k: 1 })[0]
    assert.equal(best.items[0] % 64, 21)
    // At this floor a bound that is less by one misses the first of them.
    const [all] = scanTable(referenceKernel, table, queries, { k: 70 })
    const floors = all.scores.slice(-1)
    sameAsPlain(table, queries, { k: 100, floors })
    assert.equal(scanTable(kernels[0].kernel, table, queries, { k: 100, floors })[0].items.length, 70)
  }
})

test('numbers at both ends, rows that are equal or zero, zero queries and one huge row are found as without', () => {
  const random = createRandom(4)
  const rows = 64 * 40
  const ends = Float32Array.from({ length: rows * DIM }, () => (random.below(2) === 0 ? -1 : 1))
  const equal = Float32Array.from({ length: rows * DIM }, (_, n) => ((n % DIM) % 5) - 1)
  const huge = randomVectors(random, rows, DIM, false)
  huge.fill(1e14, 900 * DIM, 901 * DIM)
  const some = Float32Array.from(huge, (value, n) => (Math.floor(n / DIM) % 3 === 0 ? 0 : value))
  const asked = [
    ...[1, -1, 0].map((value) => new Float32Array(DIM).fill(value)),
    randomVectors(random, 1, DIM, false),
  ]
  for (const vectors of [ends, equal, huge, some, new Float32Array(rows * DIM)])
    for (const metric of METRICS) {
      const table = approximated(vectors, { metric })
      for (const queries of asked) for (const k of [1, 10, 100]) sameAsPlain(table, queries, { k })
    }
})

test('lists are those of the plain kernel for every metric, length, filter, bitmap, k and number of queries', () => {
  const cases = fc.record({
    seed: fc.integer(),
    metric: fc.constantFrom(...METRICS),
    dim: fc.constantFrom(1, 7, 16, 17, 40, 64, 65, 100, 200),
    k: fc.constantFrom(1, 5, 30, 200),
    queries: fc.constantFrom(1, 1, 2, 3, 4, 5, 9),
    filtered: fc.boolean(),
    allowed: fc.boolean(),
    written: fc.boolean(),
  })
  fc.assert(
    fc.property(cases, ({ seed, metric, dim, k, queries, filtered, allowed, written }) => {
      const random = createRandom(seed)
      const rows = 2500
      const attributes = { part: { kind: 'category', values: ['third', 'rest'] } } as const
      const vectors = Float32Array.from({ length: rows * dim }, () => random.normal())
      const table = approximated(vectors, { dim, metric, attributes }, SMALL_SEGMENT)
      if (written)
        for (let n = 0; n < 300; n++) {
          const row = random.below(rows)
          const vector = Float32Array.from({ length: dim }, () => 2 * random.normal())
          if (n % 3 === 0) table.delete(row)
          else if (n % 3 === 1 && table.has(row)) table.update(row, vector)
          else table.set(row, vector)
        }
      const asked = Float32Array.from({ length: queries * dim }, () => random.normal())
      const filter = filtered
        ? compileFilter(table.layout, { attribute: 'part', anyOf: ['rest'] })
        : undefined
      const bitmap = allowed ? randomAllowed(random, rows) : undefined
      sameAsPlain(table, asked, { k, filter, allowed: bitmap })
    }),
    { numRuns: 40 },
  )
})

test('a table that was loaded has the approximation that was saved with it, made anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-approximation-'))
  try {
    // Whole blocks: rows that were never written have nothing to compare.
    const rows = 64 * 47
    const random = createRandom(9)
    const vectors = Float32Array.from({ length: rows * DIM }, () => random.normal())
    const [table, plain] = [true, false].map((approximation) =>
      approximated(vectors, { metric: 'l2', approximation }, SMALL_SEGMENT),
    )
    for (const one of [table, plain]) for (let row = 5; row < rows; row += 7) one.delete(row)
    const file = join(folder, 'vectors.table')
    await saveTable(plain, file)
    const { size } = await stat(file)
    await saveTable(table, file)
    assert.ok((await stat(file)).size < size + 100)
    const loaded = await loadTable(file, SMALL_SEGMENT)
    assert.deepEqual(loaded.shape, { ...table.shape, attributes: {} })
    const { bytes } = table.layout.approximation!
    for (let block = 0; block < table.memory.blocks; block++) {
      const [kept, made] = [table, loaded].map(({ memory }) =>
        memory
          .plane(block)
          .slice(memory.planeAddress(block) / 4 + 1, (memory.planeAddress(block) + bytes) / 4),
      )
      assert.deepEqual(made, kept)
    }
    sameAsPlain(loaded, vectors.subarray(0, DIM), { k: 5 })
    loaded.set(rows - 1, vectors.subarray(0, DIM))
    sameAsPlain(loaded, vectors.subarray(0, DIM), { k: 5 })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('threads find rows in segments, and their planes, that were appended after they began', async () => {
  const random = createRandom(6)
  const table = approximated(randomVectors(random, 100, DIM, false), {}, SMALL_SEGMENT)
  const threaded = new ThreadedSearch(table, { threads: 2 })
  try {
    for (let n = 0; n < 3; n++) {
      table.append(Float32Array.from({ length: 3000 * DIM }, () => random.normal()))
      const queries = Float32Array.from({ length: DIM }, () => random.normal())
      const wanted = scanTable(referenceKernel, table, queries, { k: 20 })
      assert.deepEqual(await threaded.search({ queries, k: 20 }), wanted)
    }
  } finally {
    await threaded.close()
  }
  assert.ok(table.parts.planes.length > 2)
  assert.equal(table.parts.planes.length, table.parts.segments.length)
})
