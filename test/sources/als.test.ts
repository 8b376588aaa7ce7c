/** @file Factors of who had what, on planted histories: whole ones are looked at, each item as much as it weighs. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { datasetOf } from '../data/dataset-of.ts'
import { openOn, proposed } from './open-on.ts'
import { requestFor } from './requests.ts'

const [X, Y, BOTH] = [0, 1, 2]
const WITH_X = [3, 4]
const WITH_Y = [5, 6]
const rows = [
  ...Array.from({ length: 30 }, () => [X, ...WITH_X]),
  ...Array.from({ length: 30 }, () => [Y, ...WITH_Y]),
  ...Array.from({ length: 20 }, () => [X, Y, BOTH]),
]
const events = rows.flatMap((items, user) => items.map((item) => ({ user, item })))
const dataset = datasetOf(events, { kind: 'hold-out', buckets: 5 }, { users: rows.length, items: 8 })
const sources = await openOn(dataset, { sources: ['als'], sourceOptions: { als: { dim: 16 } } })

const found = (items: number[], weights: number[]) =>
  proposed(sources, 'als', requestFor(items, { weights: Float32Array.from(weights) }), 8)

test('what goes with both query items comes before what goes with one', () => {
  assert.equal(found([X, Y], [1, 1])[0], BOTH)
})

test('an item that weighs little has little to say', () => {
  const placesOf = (items: number[], list: number[]) => items.map((item) => (list.indexOf(item) + 9) % 9)
  for (const [weights, loud, soft] of [
    [[1, 0.01], WITH_X, WITH_Y],
    [[0.01, 1], WITH_Y, WITH_X],
  ] as const) {
    const list = found([X, Y], [...weights])
    assert.ok(Math.max(...placesOf(loud, list)) < Math.min(...placesOf(soft, list)), `${weights}: ${list}`)
  }
})

test('what nobody had is not proposed, and does not ask', () => {
  assert.ok(!found([X], [1]).includes(7))
  assert.deepEqual(found([7], [1]), [])
})
