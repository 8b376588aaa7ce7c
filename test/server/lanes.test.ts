/** @file Lanes and batches against their definitions, over any costs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchesOf, planLanes } from '../../src/server/lanes.ts'

const costs = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.double({ min: 0, max: 500, noNaN: true }),
  {
    maxKeys: 16,
  },
)
const costIn = (given: Record<string, number>) => (name: string) => given[name]!
const sum = (lane: readonly string[], given: Record<string, number>) =>
  lane.reduce((total, name) => total + given[name]!, 0)

test('every source is in exactly one lane, and no lane is empty', () => {
  fc.assert(
    fc.property(costs, fc.integer({ min: 1, max: 8 }), (given, count) => {
      const names = Object.keys(given)
      const lanes = planLanes(names, costIn(given), count)
      assert.deepEqual(lanes.flat().sort(), names.sort())
      assert.ok(lanes.length <= count)
      assert.ok(lanes.every((lane) => lane.length > 0))
    }),
  )
})

test('the dearest lane costs at most 4/3 of the best plan there is (Graham 1969)', () => {
  fc.assert(
    fc.property(costs, fc.integer({ min: 1, max: 4 }), (given, count) => {
      const names = Object.keys(given).slice(0, 7)
      const dearest = (lanes: string[][]) => Math.max(0, ...lanes.map((lane) => sum(lane, given)))
      const planned = dearest(planLanes(names, costIn(given), count))
      assert.ok(planned <= bestPlan(names.map(costIn(given)), count) * (4 / 3) + 1e-9)
    }),
  )
})

test('the same costs give the same lanes, whatever the order of the names', () => {
  const given = { a: 3, b: 3, c: 1, d: 1 }
  const lanes = planLanes(['a', 'b', 'c', 'd'], costIn(given), 2)
  assert.deepEqual(planLanes(['d', 'c', 'b', 'a'], costIn(given), 2), lanes)
})

test('cheap sources are asked together and first, a dear one alone', () => {
  const given = { quick: 1, slow: 60, brisk: 2, slower: 80 }
  assert.deepEqual(batchesOf(['slow', 'brisk', 'slower', 'quick'], costIn(given), 200), [
    ['quick', 'brisk'],
    ['slow'],
    ['slower'],
  ])
})

/** Tries every assignment of costs to lanes. */
function bestPlan(costs: readonly number[], count: number): number {
  const lanes = new Array<number>(count).fill(0)
  const place = (k: number): number => {
    if (k === costs.length) return Math.max(...lanes)
    let best = Number.POSITIVE_INFINITY
    for (let lane = 0; lane < count; lane++) {
      lanes[lane]! += costs[k]!
      best = Math.min(best, place(k + 1))
      lanes[lane]! -= costs[k]!
    }
    return best
  }
  return place(0)
}
