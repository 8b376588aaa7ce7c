/** @file Every kernel finds the rows, scores and order that the definition of a score asks for. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { compileFilter } from '../../src/vectors/filter.ts'
import { type Instructions, nativeInstructions, nativeKernelWith } from '../../src/vectors/native-kernel.ts'
import { FORMATS, isInteger, METRICS } from '../../src/vectors/table-layout.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import {
  bestOfAll,
  randomAllowed,
  randomFilter,
  randomTable,
  randomVectors,
  scanTable,
} from './random-table.ts'
import { sameRows } from './same-rows.ts'
import { testedKernels } from './tested-kernels.ts'

const tables = fc.record({
  seed: fc.integer(),
  format: fc.constantFrom(...FORMATS),
  metric: fc.constantFrom(...METRICS),
  dim: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(63, 64, 65, 127, 200)),
  rows: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1000, max: 1500 })),
  dead: fc.constantFrom(0, 0.1, 0.9),
  coarse: fc.boolean(),
  approximation: fc.boolean(),
})
const scans = fc.record({
  k: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(100, 400, 5000)),
  queries: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(64, 65, 130)),
  filtered: fc.boolean(),
  allowed: fc.boolean(),
})

const kernels = testedKernels()

for (const { label, kernel } of kernels) {
  test(`${label} finds what sorting all scores finds, for every format, metric, filter and k`, () => {
    fc.assert(
      fc.property(tables, scans, (tableCase, { k, queries, filtered, allowed }) => {
        const filled = randomTable(tableCase)
        const random = createRandom(tableCase.seed, 1)
        const asked = randomVectors(random, queries, tableCase.dim, tableCase.coarse)
        const filter = filtered ? randomFilter(random) : undefined
        const bitmap = allowed ? randomAllowed(random, tableCase.rows) : undefined
        const found = scanTable(kernel, filled.table, asked, {
          k,
          filter: filter && compileFilter(filled.table.layout, filter),
          allowed: bitmap,
        })
        assert.equal(found.length, queries)
        // The slow way for a few of them; the others must agree with the reference below.
        for (const q of [0, queries - 1]) {
          const query = asked.subarray(q * tableCase.dim, (q + 1) * tableCase.dim)
          sameRows(filled, query, found[q], bestOfAll(filled, query, k, filter, bitmap))
        }
      }),
      { numRuns: 60 },
    )
  })

  test(`${label} scores exactly at the ends of its whole numbers, in the longest rows`, () => {
    for (const format of ['int8', 'int4', 'binary'] as const) {
      const dim = 65536
      const table = new VectorTable({ dim, format, metric: 'inner-product' })
      table.append(new Float32Array(2 * dim).map((_, j) => (j < dim ? 3 : -3)))
      // Kernels have another way for many queries.
      for (const count of [1, 17])
        for (const found of scanTable(kernel, table, new Float32Array(count * dim).fill(-3), { k: 2 })) {
          const [opposite, same] = [...found.scores].reverse()
          assert.deepEqual([...found.items], [1, 0])
          assert.equal(same, -opposite)
          assert.ok(Math.abs(same - 9 * dim) < 1)
        }
    }
  })

  test(`${label} does without rows below the floors, and keeps those at them`, () => {
    const table = new VectorTable({ dim: 1, format: 'float32', metric: 'inner-product' })
    table.append(Float32Array.from({ length: 500 }, (_, row) => row % 100))
    const floors = Float32Array.of(97, -1)
    const found = scanTable(kernel, table, Float32Array.of(1, -1), { k: 400, floors })
    assert.deepEqual([...new Set(found[0].scores)], [99, 98, 97])
    assert.equal(found[0].items.length, 15)
    assert.deepEqual([...new Set(found[1].scores)], [0, -1])
  })
}

test('all kernels return the same bits', () => {
  fc.assert(
    fc.property(tables, scans, (tableCase, { k, queries }) => {
      fc.pre(isInteger(tableCase.format))
      const { table } = randomTable(tableCase)
      const asked = randomVectors(createRandom(tableCase.seed, 2), queries, tableCase.dim, tableCase.coarse)
      const [first, ...others] = kernels.map(({ kernel }) => scanTable(kernel, table, asked, { k }))
      for (const other of others) assert.deepEqual(other, first)
    }),
    { numRuns: 60 },
  )
})

test('instructions that are not there are refused by naming those that are', (t) => {
  if (nativeInstructions() === null) return t.skip('no native module here')
  const { parts } = new VectorTable({ dim: 4, format: 'int8', metric: 'inner-product' })
  const open = () => nativeKernelWith('typo' as Instructions).open(parts, 0)
  assert.throws(open, /no typo — there are amx-int8, avx512-vnni, .*; it runs [a-z]/)
})
