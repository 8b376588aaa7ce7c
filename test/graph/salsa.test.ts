/** @file Circles of trust and SALSA: a dense reference, and planted blocks. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowOf } from '../../src/base/csr.ts'
import { createRandom } from '../../src/base/random.ts'
import { buildItemGraph } from '../../src/graph/build-graph.ts'
import { CircleOfTrust } from '../../src/graph/circle-of-trust.ts'
import type { ItemGraph } from '../../src/graph/item-graph.ts'
import { Salsa } from '../../src/graph/salsa.ts'

const ITEMS = 8
const circleOptions = {
  steps: 5000,
  restartProbability: 0.5,
  circle: 20,
  edges: 200_000,
  evenness: 0,
  seed: 1,
}

function boards(sets: number[][], items: number): ItemGraph {
  return buildItemGraph({
    items,
    collections: sets.length,
    collection: Uint32Array.from(sets.flatMap((set, k) => set.map(() => k))),
    item: Uint32Array.from(sets.flat()),
  })
}

test('authorities equal dense sums over the circle', () => {
  const set = fc.uniqueArray(fc.nat(ITEMS - 1), { minLength: 1, maxLength: 5 })
  const options = fc.record({ rounds: fc.nat(4), hubRestart: fc.constantFrom(0, 0.3, 1) })
  fc.assert(
    fc.property(fc.array(set, { minLength: 2, maxLength: 8 }), options, (sets, chosen) => {
      const graph = boards(sets, ITEMS)
      // Every second collection, the last one first.
      const collections = Uint32Array.from(sets.keys())
        .filter((c) => c % 2 === 0)
        .reverse()
      const shares = Float64Array.from(collections, (_, h) => h + 1).map((share, _, all) => share / sum(all))
      const salsa = new Salsa(graph.toItems)
      const { items, scores } = salsa.authorities({ collections, shares }, chosen)
      assert.deepEqual(salsa.authorities({ collections, shares }, chosen), { items, scores })
      const expected = dense(graph, [...collections], [...shares], chosen)
      assert.deepEqual(
        [...items],
        [...expected.keys()].filter((item) => expected[item]! > 0),
      )
      items.forEach((item, k) => {
        assert.ok(Math.abs(scores[k]! - expected[item]!) < 1e-12)
      })
      assert.ok(Math.abs(sum(scores) - 1) < 1e-12)
    }),
  )
})

function dense(
  graph: ItemGraph,
  circle: number[],
  shares: number[],
  options: { rounds: number; hubRestart: number },
) {
  const members = circle.map((c) => [...rowOf(graph.toItems, c)])
  const inDegree = (item: number) => members.filter((set) => set.includes(item)).length
  let hubs = shares
  for (let round = 0; ; round++) {
    const authority = Array.from({ length: ITEMS }, (_, item) =>
      sum(members.map((set, h) => (set.includes(item) ? hubs[h]! / set.length : 0))),
    )
    if (round === options.rounds) return authority
    hubs = members.map(
      (set, h) =>
        (1 - options.hubRestart) * sum(set.map((item) => authority[item]! / inDegree(item))) +
        options.hubRestart * shares[h]!,
    )
  }
}

const BLOCKS = 4
const BLOCK = 10
const POPULAR = 6

/** Collections hold 4 of the 10 items of a block and, four of five, one of 6 items that are popular everywhere. */
function blocks(): ItemGraph {
  const random = createRandom(3)
  const sets = Array.from({ length: 2000 }, (_, c) => {
    const own = Array.from({ length: 4 }, () => (c % BLOCKS) * BLOCK + random.below(BLOCK))
    return c % 5 < 4 ? [...own, BLOCKS * BLOCK + random.below(POPULAR)] : own
  })
  return boards(sets, BLOCKS * BLOCK + POPULAR)
}

test('authorities of the block of the query rank above what is popular everywhere', () => {
  const graph = blocks()
  const degrees = Array.from({ length: graph.items }, (_, item) => rowOf(graph.toCollections, item).length)
  assert.ok(Math.min(...degrees.slice(BLOCKS * BLOCK)) > Math.max(...degrees.slice(0, BLOCKS * BLOCK)))
  for (let block = 0; block < BLOCKS; block++) {
    const asked = { items: Uint32Array.of(block * BLOCK + 3), weights: [1] }
    const circle = new CircleOfTrust(graph, 20_000).find(asked, {
      ...circleOptions,
      steps: 20_000,
      circle: 400,
      edges: 200_000,
    })
    const { items, scores } = new Salsa(graph.toItems).authorities(circle, { rounds: 5, hubRestart: 0.2 })
    const best = [...items.keys()].sort((a, b) => scores[b]! - scores[a]!).map((k) => items[k]!)
    const own = best.slice(0, BLOCK).every((item) => Math.floor(item / BLOCK) === block)
    assert.ok(own, `best authorities in block ${block}: ${best}`)
  }
})

test('a circle holds the collections that the walk came through, and no more than wanted', () => {
  const graph = boards(
    [
      [0, 1],
      [0, 1, 2],
      [2, 3],
      [4, 5],
    ],
    6,
  )
  const find = (circle: number, items: number[], restartProbability = 0.5) =>
    new CircleOfTrust(graph, 5000).find(
      { items: Uint32Array.from(items), weights: items.map(() => 1) },
      { ...circleOptions, circle, restartProbability },
    )
  const all = find(10, [0])
  assert.deepEqual([...all.collections].sort(), [0, 1, 2])
  assert.ok(Math.abs(sum(all.shares) - 1) < 1e-12)
  // Without a second step, every collection of the query is as near.
  const near = find(10, [0], 1)
  assert.deepEqual([...near.collections].sort(), [0, 1])
  for (const share of near.shares) assert.ok(Math.abs(share - 0.5) < 4 * Math.sqrt(0.25 / 5000))
  assert.equal(find(2, [0]).collections.length, 2)
  assert.deepEqual(find(2, [0]), find(2, [9, 0]))
  assert.equal(find(10, [9]).collections.length, 0)
  assert.equal(
    new Salsa(graph.toItems).authorities(find(10, []), { rounds: 3, hubRestart: 0.2 }).items.length,
    0,
  )
})

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)
