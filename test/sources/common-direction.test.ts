/** @file What items have in common: planted directions under what all vectors share. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { openCommonDirection } from '../../src/sources/common-direction.ts'
import { LiveVectors } from '../../src/vectors/live-vectors.ts'
import { type KeptRows, openRows, packRows } from '../../src/vectors/packed-rows.ts'
import { normalise, vectorAt, vectorMatrix } from '../../src/vectors/vector-matrix.ts'

const DIM = 8
const ITEMS = 60
/** All rows lean towards the first axis; those of kind k towards axis 1 + k besides. */
const random = createRandom(1)
const vectors = vectorMatrix(ITEMS, DIM)
const planted = (kind: number, popular: number) =>
  normalise(
    Float32Array.from({ length: DIM }, (_, axis) =>
      axis === 0 ? popular : (axis === 1 + kind ? 1 : 0) + 0.3 * (random.float() - 0.5),
    ),
  )
for (let row = 0; row < ITEMS; row++) vectorAt(vectors, row).set(planted(row % 3, 3))
const rowsOf = (rows: KeptRows) => ({ count: ITEMS, dim: DIM, vectorOf: openRows(rows) })
const ones = (items: number[]) => ({
  items: Uint32Array.from(items),
  weights: new Float32Array(items.length).fill(1),
})
const main = (direction: Float32Array) => direction.indexOf(Math.max(...direction))

test('what items have in common is theirs, not what all items share', () => {
  const live = new LiveVectors(DIM)
  const directionOf = openCommonDirection(rowsOf(vectors), live, new Float32Array(DIM))
  for (let kind = 0; kind < 3; kind++) {
    const direction = directionOf(ones([kind, kind + 3, kind + 6]))!
    assert.equal(main(direction), 1 + kind)
    assert.ok(Math.abs(direction[0]!) < 0.2, 'nothing of the common axis is left')
    assert.ok(Math.abs(direction.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-5)
  }
  const weighted = { items: Uint32Array.of(0, 1), weights: Float32Array.of(1, 5) }
  assert.equal(main(directionOf(weighted)!), 2)
})

test('a later item counts by what it has beyond an item of which nothing is known', () => {
  const live = new LiveVectors(DIM)
  // What nobody knows leans elsewhere than the rows do, and more than it leans towards its kind.
  const unknown = normalise(Float32Array.from({ length: DIM }, (_, axis) => (axis === 7 ? 1 : 0)))
  const vector = normalise(unknown.map((value, axis) => 2 * value + (axis === 2 ? 1 : 0)))
  live.put(ITEMS + 4, vector)
  const directionOf = openCommonDirection(rowsOf(vectors), live, unknown)
  assert.equal(main(directionOf(ones([ITEMS + 4]))!), 2)
})

test('items that nobody knows, or none, have nothing in common', () => {
  const directionOf = openCommonDirection(rowsOf(vectors))
  assert.equal(directionOf(ones([])), null)
  assert.equal(directionOf(ones([ITEMS + 9])), null)
})

test('items without a vector say nothing, and nothing of what all share', () => {
  const { vectorOf, ...size } = rowsOf(vectors)
  const known = (row: number) => (row < 30 ? vectorOf(row) : undefined)
  const directionOf = openCommonDirection({ ...size, vectorOf: known })
  assert.equal(directionOf(ones([30, 41])), null)
  const direction = directionOf(ones([2, 5, 8, 31]))!
  assert.equal(main(direction), 3)
  // Were those of which nothing is known counted as zeros, half of the common axis would be left.
  assert.ok(Math.abs(direction[0]!) < 0.2, `${direction[0]} of the common axis`)
})

test('rows in fewer bits have their direction in common', () => {
  const live = new LiveVectors(DIM)
  const directionOf = openCommonDirection(rowsOf(packRows(vectors, 'int8')), live, new Float32Array(DIM))
  for (let kind = 0; kind < 3; kind++)
    assert.equal(main(directionOf(ones([kind, kind + 3, kind + 6]))!), 1 + kind)
})
