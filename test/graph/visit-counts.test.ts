/** @file The multi-hit booster and its counters. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VisitCounts } from '../../src/graph/visit-counts.ts'

const times = (item: number, count: number) => Int32Array.from({ length: count }, () => item)

test('visits 9 and 16 from two query items count 49, 25 from one count 25', () => {
  const counts = new VisitCounts(10)
  counts.add(times(7, 9), 0, 9, 1, 4)
  counts.nextWalk()
  counts.add(times(7, 16), 0, 16, 1, 4)
  counts.add(times(2, 25), 0, 25, 1, 4)
  counts.nextWalk()
  assert.deepEqual(counts.take(), { items: Uint32Array.of(2, 7), visits: Float32Array.of(25, 49) })
  assert.deepEqual(counts.take().items.length, 0)
})

test('items visited often enough are counted once, within a walk', () => {
  const counts = new VisitCounts(10)
  counts.add(Int32Array.of(1, 2, 1, 3, 1, 2), 0, 6, 1, 2)
  assert.equal(counts.often, 2)
  counts.add(Int32Array.of(9, 3, 9, 9), 1, 1, 1, 2)
  assert.equal(counts.often, 3)
  counts.nextWalk()
  assert.equal(counts.often, 0)
})

test('a stride leaves out what lies between', () => {
  const counts = new VisitCounts(10)
  counts.add(Int32Array.of(0, 5, 1, 5, 2, 5), 1, 3, 2, 1)
  counts.nextWalk()
  assert.deepEqual([...counts.take().items], [5])
})
