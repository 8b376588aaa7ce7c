/** @file Shared rows that come near to what is wanted of each id. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import { setNearestRows } from '../../../src/models/two-tower/nearest-rows.ts'
import { hashedRows } from '../../../src/nn/embeddings/hashed.ts'
import { quotientRemainderRows } from '../../../src/nn/embeddings/quotient-remainder.ts'
import type { RowMapping } from '../../../src/nn/embeddings/row-mapping.ts'
import { unifiedRows } from '../../../src/nn/embeddings/unified.ts'
import { lengthOf, type VectorMatrix, vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const [IDS, DIM] = [60, 5]

function randomRows(count: number, seed: number): VectorMatrix {
  const random = createRandom(seed)
  const rows = vectorMatrix(count, DIM)
  for (let k = 0; k < rows.values.length; k++) rows.values[k] = random.normal()
  return rows
}

/** The sums of the rows of all ids. */
function sumsOf(mapping: RowMapping, rows: VectorMatrix): VectorMatrix {
  const sums = vectorMatrix(IDS, DIM)
  for (let id = 0; id < IDS; id++)
    for (const row of mapping.map(Uint32Array.of(id)))
      vectorAt(rows, row).forEach((value, j) => {
        vectorAt(sums, id)[j]! += value
      })
  return sums
}

const copyOf = (rows: VectorMatrix): VectorMatrix => ({ ...rows, values: rows.values.slice() })
const distance = (one: VectorMatrix, other: VectorMatrix, id: number) =>
  lengthOf(vectorAt(one, id).map((value, j) => value - vectorAt(other, id)[j]!))
const everybody = new Float32Array(IDS).fill(1)

for (const [name, mapping] of [
  ['hashed once', hashedRows(25)],
  // So few rows that some ids take one of them twice.
  ['hashed three times', hashedRows(8, { lookups: 3 })],
  ['quotient and remainder', quotientRemainderRows(IDS)],
] as const)
  test(`${name}: what rows can say is said, and what remains is what is missing`, () => {
    const wanted = sumsOf(mapping, randomRows(mapping.rows, 2))
    const rows = randomRows(mapping.rows, 3)
    const missing = copyOf(wanted)
    setNearestRows(rows, [{ mapping, vectors: missing, weights: everybody }])
    const found = sumsOf(mapping, rows)
    for (let id = 0; id < IDS; id++) {
      assert.ok(distance(found, wanted, id) < 0.25, `${distance(found, wanted, id)}`)
      const left = vectorAt(wanted, id).map((value, j) => value - vectorAt(found, id)[j]!)
      left.forEach((value, j) => {
        assert.ok(Math.abs(value - vectorAt(missing, id)[j]!) < 1e-4)
      })
    }
  })

test('of ids that share all of their rows, the heavier one is nearer to what is wanted; without weight it counts nothing', () => {
  // Both look-ups of an id take the one row.
  const mapping = hashedRows(1, { lookups: 2 })
  const rows = randomRows(1, 1)
  const wanted = randomRows(IDS, 4)
  const weights = new Float32Array(IDS)
  weights[3] = 3
  weights[8] = 1
  setNearestRows(rows, [{ mapping, vectors: copyOf(wanted), weights }])
  vectorAt(rows, 0).forEach((value, j) => {
    const mean = 0.75 * vectorAt(wanted, 3)[j]! + 0.25 * vectorAt(wanted, 8)[j]!
    assert.ok(Math.abs(2 * value - mean) < 1e-5)
  })
})

test('two kinds of ids in one table are both heard, and rows of nobody stay', () => {
  const { one, other } = unifiedRows(150, { one: 2, other: 2 })
  const rows = randomRows(200, 1)
  const before = copyOf(rows)
  const wanted = [randomRows(IDS, 5), randomRows(IDS, 6)]
  setNearestRows(rows, [
    { mapping: one, vectors: copyOf(wanted[0]!), weights: everybody },
    { mapping: other, vectors: copyOf(wanted[1]!), weights: everybody },
  ])
  for (const [mapping, vectors] of [
    [one, wanted[0]!],
    [other, wanted[1]!],
  ] as const) {
    const found = sumsOf(mapping, rows)
    const mean = everybody.reduce((sum, _, id) => sum + distance(found, vectors, id) / IDS, 0)
    const apart = everybody.reduce((sum, _, id) => sum + lengthOf(vectorAt(vectors, id)) / IDS, 0)
    assert.ok(mean < 0.6 * apart, `${mean} of ${apart}`)
  }
  for (let row = 150; row < 200; row++) assert.deepEqual(vectorAt(rows, row), vectorAt(before, row))
})

test('rows of ids that count nothing stay as they are', () => {
  const mapping = quotientRemainderRows(IDS, IDS)
  const rows = randomRows(mapping.rows, 1)
  const before = copyOf(rows)
  const weights = new Float32Array(IDS)
  weights[3] = 1
  setNearestRows(rows, [{ mapping, vectors: randomRows(IDS, 2), weights }])
  for (let row = 0; row < IDS; row++)
    if (row !== 3) assert.deepEqual(vectorAt(rows, row), vectorAt(before, row))
  assert.notDeepEqual(vectorAt(rows, 3), vectorAt(before, 3))
})
