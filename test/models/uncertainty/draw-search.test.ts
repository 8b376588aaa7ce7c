import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { normalCdf } from '../../../src/base/distributions.ts'
import { InvalidOptionError } from '../../../src/base/errors.ts'
import { hashedNormal } from '../../../src/base/hashed-normal.ts'
import { openDrawSearch } from '../../../src/models/uncertainty/draw-search.ts'
import { openSearch } from '../../../src/vectors/quantised-search.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { randomRows } from './random-rows.ts'

test('it finds what has the largest of the drawn scores, exactly', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(20, 700),
      fc.double({ min: 0, max: 4, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      (count, optimism, seed) => {
        const { rows, sigma, query } = randomRows(count, 24, seed)
        const deviate = hashedNormal(seed)
        const drawn = Array.from({ length: count }, (_, row) =>
          vectorAt(rows, row).reduce(
            (sum, value, j) => sum + value * query[j]!,
            optimism * sigma[row]! * deviate(row),
          ),
        )
        const excluded = [3, 5]
        for (const row of excluded) drawn[row] = Number.NEGATIVE_INFINITY
        const best = drawn.toSorted((a, b) => b - a)
        const { items, scores } = openDrawSearch(rows, sigma)(query, optimism, seed, 10, excluded)
        assert.equal(items.length, 10)
        items.forEach((item, k) => {
          assert.ok(Math.abs(drawn[item]! - best[k]!) < 1e-4)
          assert.ok(Math.abs(scores[k]! - best[k]!) < 1e-4)
        })
      },
    ),
    { numRuns: 60 },
  )
})

test('without optimism the draw is the plain search, bit for bit', () => {
  const { rows, sigma, query } = randomRows(700, 24, 1)
  assert.deepEqual(openDrawSearch(rows, sigma)(query, 0, 7, 12, [3]), openSearch(rows)(query, 12, [3]))
})

test('an unsure item is shown in the share of requests in which it may be the best', () => {
  const [items, requests] = [600, 4000]
  const best = 1
  // All known for sure, and none near: but one that may be better than the best of them.
  const rows = vectorMatrix(items, 4)
  rows.values.fill(-20)
  vectorAt(rows, 0).set([best, 0, 0, 0])
  for (const [mean, deviation] of [
    [0.4, 0.5],
    [0.8, 0.5],
    [-1, 1.5],
  ] as const) {
    vectorAt(rows, 1).set([mean, 0, 0, 0])
    const sigma = new Float32Array(items)
    sigma[1] = deviation
    const search = openDrawSearch(rows, sigma)
    let shown = 0
    for (let request = 0; request < requests; request++)
      if (search(Float32Array.of(1, 0, 0, 0), 1, request, 1).items[0] === 1) shown++
    const expected = 1 - normalCdf((best - mean) / deviation)
    const error = Math.sqrt((expected * (1 - expected)) / requests)
    assert.ok(
      Math.abs(shown / requests - expected) < 3.5 * error,
      `${shown / requests}, by the posterior ${expected}`,
    )
  }
})

test('items that are as good and as unsure are shown as often as each other', () => {
  const [items, requests, places] = [40, 4000, 10]
  const rows = vectorMatrix(items, 8)
  const search = openDrawSearch(rows, new Float32Array(items).fill(0.3))
  const shown = new Uint32Array(items)
  const query = new Float32Array(8).fill(1)
  for (let request = 0; request < requests; request++)
    for (const item of search(query, 1, request, places).items) shown[item]!++
  const share = places / items
  const error = Math.sqrt(requests * share * (1 - share))
  for (const count of shown) assert.ok(Math.abs(count - requests * share) < 4 * error, `${shown}`)
})

test('rows that are told their numbers draw the same wherever they stand', () => {
  const { rows, sigma, query } = randomRows(30, 8, 4)
  const all = openDrawSearch(rows, sigma)(query, 1, 5, 30)
  const turned = vectorMatrix(30, 8)
  const numbers = Uint32Array.from({ length: 30 }, (_, row) => 29 - row)
  numbers.forEach((number, row) => {
    vectorAt(turned, row).set(vectorAt(rows, number))
  })
  const turnedSigma = Float32Array.from(numbers, (number) => sigma[number]!)
  const found = openDrawSearch(turned, turnedSigma, numbers)(query, 1, 5, 30)
  assert.deepEqual(
    found.items.map((row) => numbers[row]!),
    all.items,
  )
})

test('deviations that do not fit the rows are refused', () => {
  const { rows, sigma } = randomRows(5, 4, 1)
  assert.throws(() => openDrawSearch(rows, sigma.subarray(1)), InvalidOptionError)
})
