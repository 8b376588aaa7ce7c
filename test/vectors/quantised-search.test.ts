/** @file The search over int8 finds what the search over floats finds, to the last row. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { searchExact } from '../../src/vectors/exact-search.ts'
import { openSearch } from '../../src/vectors/quantised-search.ts'
import { vectorAt, vectorMatrix } from '../../src/vectors/vector-matrix.ts'

/** Rows of very different lengths, some of them 0, some of them equal. */
function tableOf(count: number, dim: number, seed: number) {
  const random = createRandom(seed)
  const table = vectorMatrix(count, dim)
  for (let row = 0; row < count; row++) {
    const length = row % 50 === 0 ? 0 : 10 ** (random.float() * 3 - 1)
    const vector = vectorAt(table, row)
    if (row % 7 === 1) vector.set(vectorAt(table, row >> 1))
    else for (let j = 0; j < dim; j++) vector[j] = length * random.normal()
  }
  return table
}

test('rows, scores and ties are those of the exact search, whatever the table and the query', () => {
  fc.assert(
    fc.property(
      fc.record({
        count: fc.constantFrom(512, 1000, 5001),
        dim: fc.constantFrom(1, 15, 16, 64, 100),
        k: fc.constantFrom(0, 1, 10, 400, 6000),
        seed: fc.integer(),
        some: fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 30 }),
        // A narrow filter leaves few.
        left: fc.constantFrom(1, 3, 200),
        size: fc.constantFrom(0, 1e-3, 1, 1e3),
        added: fc.constantFrom(null, 1e-3, 1, 1e3),
      }),
      ({ count, dim, k, seed, some, left, size, added }) => {
        const table = tableOf(count, dim, seed)
        const excluded = [
          ...some,
          ...Array.from({ length: count }, (_, row) => row).filter((row) => row % left > 0),
        ]
        const random = createRandom(seed, 1)
        const search = openSearch(table)
        // A query that has been asked before must leave nothing behind.
        search(vectorAt(table, 3), 50, [5])
        for (let repeat = 0; repeat < 2; repeat++) {
          const query = Float32Array.from({ length: dim }, () => size * random.normal())
          const addends =
            added === null ? undefined : Float32Array.from({ length: count }, () => added * random.normal())
          assert.deepEqual(
            search(query, k, excluded, addends),
            searchExact(table, query, k, excluded, addends),
          )
        }
      },
    ),
    { numRuns: 40 },
  )
})
