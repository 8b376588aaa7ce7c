/** @file Random walks against exact personalised PageRank, and what must hold for every walk. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { buildItemGraph } from '../../src/graph/build-graph.ts'
import { edgeRuns } from '../../src/graph/edge-runs.ts'
import type { ItemGraph } from '../../src/graph/item-graph.ts'
import { RandomWalk, type WalkOptions } from '../../src/graph/random-walk.ts'
import { walkSideBySide } from '../../src/graph/side-by-side.ts'
import { LANES, WalkLanes } from '../../src/graph/walk-lanes.ts'
import { expectedVisits } from './personalised-page-rank.ts'

const options: WalkOptions = {
  steps: 50_000,
  restartProbability: 0.5,
  evenness: 0,
  enough: null,
  bias: null,
  seed: 1,
}

/** Edges drawn between items and collections; every collection has a code below `codes`. */
function drawnGraph(items: number, collections: number, edges: number, seed: number, codes = 1): ItemGraph {
  const random = createRandom(seed)
  // Squared draws make some items popular.
  const item = Uint32Array.from({ length: edges }, () => Math.floor(random.float() ** 2 * items))
  return buildItemGraph({
    items,
    collections,
    collection: Uint32Array.from({ length: edges }, () => random.below(collections)),
    item,
    collectionCode: Uint32Array.from({ length: collections }, () => random.below(codes)),
  })
}

function visitsOf(graph: ItemGraph, query: number[], changed: Partial<WalkOptions> = {}): Float64Array {
  const all = { ...options, ...changed }
  const walk = new RandomWalk(graph, all.steps)
  const { items, visits } = walk.walk({ items: Uint32Array.from(query), weights: query.map(() => 1) }, all)
  const dense = new Float64Array(graph.items)
  items.forEach((item, k) => {
    dense[item] = visits[k]!
  })
  return dense
}

/** Steps k apart correlate by at most (1 − α)^k, so that the variance is at most (2 − α) / α times that of free draws. */
const independentSteps = (steps: number, restartProbability: number) =>
  (steps * restartProbability) / (2 - restartProbability)

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)

test('visits agree with exact personalised PageRank within four standard errors', () => {
  for (const [seed, restartProbability] of [
    [1, 0.5],
    [2, 0.2],
    [3, 0.9],
  ] as const) {
    const graph = drawnGraph(50, 30, 160, seed)
    for (const query of [0, 5, 10]) {
      const steps = 400_000
      const visits = visitsOf(graph, [query], { steps, restartProbability, seed })
      const expected = expectedVisits(graph, query, restartProbability)
      const independent = independentSteps(steps, restartProbability)
      assert.ok(Math.abs(sum(visits) - steps) < 1)
      for (let item = 0; item < graph.items; item++) {
        const error = Math.sqrt((expected[item]! * (1 - expected[item]!)) / independent)
        const off = Math.abs(visits[item]! / steps - expected[item]!)
        assert.ok(off <= 4 * error, `item ${item}: off by ${off}, standard error ${error}`)
      }
    }
  }
})

test('a biased walk agrees with exact personalised PageRank over biased edges', () => {
  const graph = drawnGraph(50, 40, 220, 5, 4)
  const runs = edgeRuns(graph)!
  for (const probability of [0.3, 1]) {
    const steps = 400_000
    const visits = visitsOf(graph, [3], { steps, bias: { runs, code: 2, probability } })
    const expected = expectedVisits(graph, 3, 0.5, { code: 2, probability })
    const unbiased = expectedVisits(graph, 3, 0.5)
    let moved = 0
    for (let item = 0; item < graph.items; item++) {
      const error = Math.sqrt((expected[item]! * (1 - expected[item]!)) / independentSteps(steps, 0.5))
      assert.ok(Math.abs(visits[item]! / steps - expected[item]!) <= 4 * error)
      if (Math.abs(visits[item]! / steps - unbiased[item]!) > 8 * error) moved++
    }
    assert.ok(moved > 5, 'the bias moves visits by more than chance')
  }
})

test('a walk never leaves the component of its query', () => {
  fc.assert(
    fc.property(fc.nat(9), fc.integer({ min: 1, max: 3000 }), fc.integer(), (query, steps, seed) => {
      // Even items only share collections with even ones.
      const edges = Array.from({ length: 40 }, (_, k) => ({ item: k % 10, collection: (k * 3) % 4 }))
      const graph = buildItemGraph({
        items: 10,
        collections: 8,
        item: Uint32Array.from(edges, ({ item }) => item),
        collection: Uint32Array.from(edges, ({ item, collection }) => collection * 2 + (item % 2)),
      })
      const visits = visitsOf(graph, [query], { steps, seed })
      visits.forEach((count, item) => {
        if (item % 2 !== query % 2) assert.equal(count, 0)
      })
      assert.ok(Math.abs(sum(visits) - steps) < 0.01)
    }),
  )
})

test('the same seed gives the same visits, also after other requests; another seed gives others', () => {
  const graph = drawnGraph(80, 60, 400, 7)
  const query = { items: Uint32Array.of(4, 20, 33), weights: [1, 2, 1] }
  const used = new RandomWalk(graph, options.steps)
  const first = used.walk(query, options)
  used.walk({ items: Uint32Array.of(9), weights: [1] }, { ...options, enough: { items: 5, visits: 3 } })
  assert.deepEqual(used.walk(query, options), first)
  assert.deepEqual(new RandomWalk(graph, options.steps).walk(query, options), first)
  assert.notDeepEqual(used.walk(query, { ...options, seed: 2 }).visits, first.visits)
})

test('the budget of steps is walked to the last step, and no further', () => {
  const graph = drawnGraph(60, 50, 300, 8)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(null, { items: 3, visits: 2 }, { items: 50, visits: 10 }),
      (query, steps, enough) => {
        const known = query.some(
          (item) => graph.toCollections.offsets[item + 1]! > graph.toCollections.offsets[item]!,
        )
        const walked = new RandomWalk(graph, steps).walk(
          { items: Uint32Array.from(query), weights: query.map((_, k) => 1 + k) },
          { ...options, steps, enough },
        ).steps
        assert.ok(walked <= steps)
        if (!enough) assert.equal(walked, known ? steps : 0)
      },
    ),
  )
})

test('walking side by side visits as often as walking one query item after the other', () => {
  const graph = drawnGraph(40, 30, 150, 9)
  const query = [1, 2, 5, 8, 13, 21]
  const steps = 300_000
  // With so much to see, early stopping never happens, but every query item walks on its own.
  const alone = visitsOf(graph, query, { steps, enough: { items: 1000, visits: 1 } })
  const together = visitsOf(graph, query, { steps, seed: 3 })
  const total = sum(together)
  for (let item = 0; item < graph.items; item++) {
    assert.ok(Math.abs(alone[item]! - together[item]!) < 0.01 * total)
  }
})

test('side by side, every query item makes its own steps and no other', () => {
  // Pairs of items with a collection each: whoever walks from a pair stays in it.
  const pairs = 60
  const graph = buildItemGraph({
    items: 2 * pairs,
    collections: pairs,
    item: Uint32Array.from({ length: 2 * pairs }, (_, k) => k),
    collection: Uint32Array.from({ length: 2 * pairs }, (_, k) => k >> 1),
  })
  fc.assert(
    fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: pairs }), (steps) => {
      const lanes = new WalkLanes(graph, 100)
      const items = Uint32Array.from(steps, (_, q) => 2 * q)
      const rounds = walkSideBySide(lanes, items, Uint32Array.from(steps), options)
      let step = 0
      steps.forEach((count, q) => {
        for (let k = 0; k < count; k++, step++) {
          const item = lanes.trail[(step % rounds) * LANES + Math.floor(step / rounds)]!
          assert.equal(item >> 1, q)
        }
      })
      // And they are counted so: weights that ask for these very steps.
      if (step === 0) return
      const known = steps.flatMap((count, q) => (count > 0 ? [q] : []))
      const query = { items: Uint32Array.from(known, (q) => 2 * q), weights: known.map((q) => steps[q]!) }
      const { items: found, visits } = new RandomWalk(graph, step).walk(query, { ...options, steps: step })
      const counted = new Uint32Array(pairs)
      const single = new Map<number, number>()
      found.forEach((item, k) => {
        single.set(item >> 1, (single.get(item >> 1) ?? 0) + Math.round(visits[k]!))
      })
      for (const [q, count] of single) counted[q] = count
      assert.deepEqual([...counted.subarray(0, steps.length)], steps)
    }),
  )
})

test('a walk stops when enough items have been visited often enough, and not before', () => {
  const graph = drawnGraph(2000, 1500, 12_000, 10)
  const walk = new RandomWalk(graph, 200_000)
  const query = { items: Uint32Array.of(3), weights: [1] }
  const enough = { items: 300, visits: 4 }
  const often = (visits: Float32Array) => visits.filter((count) => Math.round(count) >= enough.visits).length
  const stopped = walk.walk(query, { ...options, steps: 200_000, enough })
  assert.ok(often(stopped.visits) >= enough.items)
  assert.ok(stopped.steps < 100_000 && stopped.steps > 64 * LANES)
  // The last look but one had not seen enough: the same walk with fewer steps.
  const before = walk.walk(query, { ...options, steps: stopped.steps - 64 * LANES, enough })
  assert.equal(before.steps, stopped.steps - 64 * LANES)
  assert.ok(often(before.visits) < enough.items)
})

test('items that the graph does not know, or that are in no collection, are left out', () => {
  const graph = buildItemGraph({
    items: 4,
    collections: 2,
    item: Uint32Array.of(0, 1, 1, 2),
    collection: Uint32Array.of(0, 0, 1, 1),
  })
  const only = visitsOf(graph, [0], { steps: 1000 })
  assert.deepEqual(visitsOf(graph, [9, 0, 3], { steps: 1000 }), only)
  assert.equal(sum(visitsOf(graph, [3, 7], { steps: 1000 })), 0)
  assert.equal(sum(visitsOf(graph, [], { steps: 1000 })), 0)
})
