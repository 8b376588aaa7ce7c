import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { InvalidOptionError } from '../../../src/base/errors.ts'
import { createRandom } from '../../../src/base/random.ts'
import { openBoundSearch } from '../../../src/models/uncertainty/bound-search.ts'
import { openSearch } from '../../../src/vectors/quantised-search.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { randomRows } from './random-rows.ts'

const dims = fc.integer({ min: 1, max: 40 }).filter((dim) => (dim + 1) % 8 !== 0)

test('without optimism the bound is the plain search, bit for bit', () => {
  fc.assert(
    fc.property(dims, fc.constantFrom(20, 700), fc.integer({ min: 1, max: 1000 }), (dim, count, seed) => {
      const { rows, sigma, query } = randomRows(count, dim, seed)
      const plain = openSearch(rows)(query, 12, [3, 5])
      const bound = openBoundSearch(rows, sigma)(query, 0, 12, [3, 5])
      assert.deepEqual(bound.items, plain.items)
      assert.deepEqual(new Uint32Array(bound.scores.buffer), new Uint32Array(plain.scores.buffer))
    }),
    { numRuns: 60 },
  )
})

test('with optimism it finds what has the largest product plus optimism times sigma', () => {
  fc.assert(
    fc.property(
      dims,
      fc.constantFrom(20, 700),
      fc.double({ min: 0, max: 4, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      (dim, count, optimism, seed) => {
        const { rows, sigma, query } = randomRows(count, dim, seed)
        const bounds = Array.from({ length: count }, (_, row) =>
          vectorAt(rows, row).reduce((sum, value, j) => sum + value * query[j]!, optimism * sigma[row]!),
        )
        const { items, scores } = openBoundSearch(rows, sigma)(query, optimism, 10)
        const best = bounds.toSorted((a, b) => b - a).slice(0, 10)
        items.forEach((item, k) => {
          assert.ok(Math.abs(bounds[item]! - best[k]!) < 1e-4)
          assert.ok(Math.abs(scores[k]! - best[k]!) < 1e-4)
        })
      },
    ),
    { numRuns: 60 },
  )
})

test('the more optimism, the more of the catalogue and the more of what is unsure is shown', () => {
  const [items, dim, rounds, places] = [600, 15, 400, 5]
  const { rows } = randomRows(items, dim - 3, 3)
  // Half of the items have been shown often, and have the better means; the others never.
  const isUnsure = (item: number) => item % 2 === 1
  for (let item = 0; item < items; item++)
    if (isUnsure(item)) for (let j = 0; j < rows.dim; j++) vectorAt(rows, item)[j]! *= 0.5
  const measured = [0, 0.5, 1, 2, 4].map((optimism) => {
    const shown = Uint32Array.from({ length: items }, (_, item) => (isUnsure(item) ? 0 : 100))
    const random = createRandom(4)
    const seen = new Set<number>()
    let unsure = 0
    for (let round = 0; round < rounds; round++) {
      const sigma = Float32Array.from(shown, (impressions) => 2 / Math.sqrt(1 + impressions))
      const query = Float32Array.from({ length: rows.dim }, () => random.normal())
      for (const item of openBoundSearch(rows, sigma)(query, optimism, places).items) {
        seen.add(item)
        shown[item]!++
        if (isUnsure(item)) unsure++
      }
    }
    return { unsure, coverage: seen.size }
  })
  for (let k = 1; k < measured.length; k++) {
    assert.ok(measured[k]!.unsure > measured[k - 1]!.unsure, JSON.stringify(measured))
    assert.ok(measured[k]!.coverage > measured[k - 1]!.coverage, JSON.stringify(measured))
  }
})

test('lengths that do not fit are refused', () => {
  const { rows, sigma } = randomRows(5, 4, 1)
  assert.throws(() => openBoundSearch(rows, sigma.subarray(1)), InvalidOptionError)
  assert.throws(() => openBoundSearch(vectorMatrix(5, 7), sigma), InvalidOptionError)
})
