/** @file Exact search against the obvious reference. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { searchExact } from '../../src/vectors/exact-search.ts'
import { normalisedRows, type VectorMatrix, vectorAt, vectorMatrix } from '../../src/vectors/vector-matrix.ts'

/** Small whole numbers: sums are exact, and ties are frequent. */
function tableOf(count: number, dim: number, seed: number): VectorMatrix {
  const random = createRandom(seed)
  const table = vectorMatrix(count, dim)
  for (let k = 0; k < table.values.length; k++) table.values[k] = random.below(5) - 2
  return table
}

function reference(table: VectorMatrix, query: Float32Array, k: number, excluded: number[]) {
  const rows = Array.from({ length: table.count }, (_, row) => ({
    row,
    score: vectorAt(table, row).reduce((sum, value, j) => sum + value * query[j], 0),
  }))
  return rows
    .filter(({ row }) => !excluded.includes(row))
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, k)
}

test('search finds what sorting all inner products finds, ties to the smaller row', () => {
  fc.assert(
    fc.property(
      fc.record({
        count: fc.integer({ min: 1, max: 60 }),
        dim: fc.integer({ min: 1, max: 21 }),
        k: fc.integer({ min: 0, max: 70 }),
        seed: fc.integer(),
        excluded: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 5 }),
      }),
      ({ count, dim, k, seed, excluded }) => {
        const table = tableOf(count, dim, seed)
        const query = vectorAt(tableOf(1, dim, seed + 1), 0)
        const expected = reference(table, query, k, excluded)
        const found = searchExact(table, query, k, excluded)
        assert.deepEqual(
          [...found.items],
          expected.map(({ row }) => row),
        )
        assert.deepEqual(
          [...found.scores],
          expected.map(({ score }) => score),
        )
      },
    ),
  )
})

test('over normalised rows scores are cosines: a row finds itself at 1, its multiples alike', () => {
  const table = vectorMatrix(4, 2)
  table.values.set([3, 4, 30, 40, -3, -4, 0, 0])
  const unit = normalisedRows(table)
  const { items, scores } = searchExact(unit, vectorAt(unit, 1), 4)
  assert.deepEqual([...items], [0, 1, 3, 2])
  for (const [rank, cosine] of [1, 1, 0, -1].entries()) assert.ok(Math.abs(scores[rank] - cosine) < 1e-6)
  assert.deepEqual([...table.values], [3, 4, 30, 40, -3, -4, 0, 0])
})
