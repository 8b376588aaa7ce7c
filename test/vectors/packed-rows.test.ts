/** @file Rows packed in the formats of a table, and the search over them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { isPacked, openRows, packRows, unpackRows } from '../../src/vectors/packed-rows.ts'
import { openPackedSearch } from '../../src/vectors/packed-search.ts'
import { FORMATS } from '../../src/vectors/table-layout.ts'
import { lengthOf, vectorAt, vectorMatrix } from '../../src/vectors/vector-matrix.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'

function randomRows(count: number, dim: number, seed = 1) {
  const random = createRandom(seed)
  const rows = vectorMatrix(count, dim)
  for (let k = 0; k < rows.values.length; k++) rows.values[k] = random.normal()
  return rows
}

test('packed rows are, bit for bit, what a table of the format stores', () => {
  for (const format of FORMATS)
    for (const dim of [1, 7, 33, 128]) {
      const rows = randomRows(70, dim)
      const table = new VectorTable({ dim, format, metric: 'inner-product' })
      table.append(rows.values)
      const packed = packRows(rows, format)
      const rowAt = openRows(packed)
      const all = unpackRows(packed)
      for (let row = 0; row < rows.count; row++) {
        assert.deepEqual(rowAt(row), table.vectorAt(row), `${format}, ${dim}`)
        assert.deepEqual(Float32Array.from(vectorAt(all, row)), table.vectorAt(row))
      }
    }
})

test('rows that are not packed stay what they are', () => {
  const rows = randomRows(3, 5)
  assert.ok(!isPacked(rows))
  assert.equal(unpackRows(rows), rows)
  assert.deepEqual(openRows(rows)(2), vectorAt(rows, 2))
})

test('a packed row is as near as its format says, in fewer bytes', () => {
  const rows = randomRows(200, 128)
  const errors = { float16: 0.001, int8: 0.02, int4: 0.3 }
  const shares = { float16: 0.5, int8: 0.25, int4: 0.125 }
  for (const format of ['float16', 'int8', 'int4'] as const) {
    const packed = packRows(rows, format)
    assert.equal(packed.bytes.byteLength, shares[format] * rows.values.byteLength)
    const rowAt = openRows(packed)
    for (let row = 0; row < rows.count; row++) {
      const own = vectorAt(rows, row)
      const error = rowAt(row).map((value, j) => value - own[j]!)
      assert.ok(lengthOf(error) < errors[format] * lengthOf(own), `${format}: ${lengthOf(error)}`)
      assert.ok(lengthOf(error) > 0)
    }
  }
})

test('search over packed rows finds the best products with them, without those that are excluded', () => {
  const property = fc.property(
    fc.record({
      format: fc.constantFrom('float16', 'int8', 'int4'),
      count: fc.integer({ min: 0, max: 300 }),
      dim: fc.integer({ min: 1, max: 40 }),
      k: fc.integer({ min: 0, max: 60 }),
      excluded: fc.uniqueArray(fc.nat(300), { maxLength: 20 }),
      seed: fc.integer(),
    }),
    ({ format, count, dim, k, excluded, seed }) => {
      const packed = packRows(randomRows(count, dim, seed), format)
      const rowAt = openRows(packed)
      const query = vectorAt(randomRows(1, dim, seed ^ 1), 0)
      const { items, scores } = openPackedSearch(packed)(query, k, excluded)
      const left = Array.from({ length: count }, (_, row) => row).filter((row) => !excluded.includes(row))
      assert.equal(items.length, Math.min(k, left.length))
      assert.ok(items.every((row) => left.includes(row)))
      // Queries are rounded too: to 8 bits, or not at all.
      const slack = (format === 'float16' ? 1e-5 : 0.01) * Math.sqrt(dim) * lengthOf(query)
      const product = (row: number) => rowAt(row).reduce((sum, value, j) => sum + value * query[j]!, 0)
      const best = left.map(product).sort((a, b) => b - a)
      items.forEach((row, n) => {
        assert.ok(Math.abs(scores[n]! - product(row)) <= slack, `${scores[n]} ${product(row)}`)
        assert.ok(Math.abs(scores[n]! - best[n]!) <= slack)
        assert.ok(n === 0 || scores[n]! <= scores[n - 1]!)
      })
    },
  )
  fc.assert(property, { numRuns: 100, seed: 1 })
})
