/** @file Pruning against plain lists. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowOf } from '../../src/base/csr.ts'
import { buildItemGraph } from '../../src/graph/build-graph.ts'
import type { ItemGraph } from '../../src/graph/item-graph.ts'
import { type PruneOptions, pruneGraph, topicEntropies } from '../../src/graph/prune.ts'

const ITEMS = 10
const keepAll: PruneOptions = { degreeExponent: 1, droppedEntropyShare: 0, maxCollectionSize: 1000 }

const boards = (sets: number[][]): ItemGraph =>
  buildItemGraph({
    items: ITEMS,
    collections: sets.length,
    collection: Uint32Array.from(sets.flatMap((set, k) => set.map(() => k))),
    item: Uint32Array.from(sets.flat()),
  })
const setsOf = (graph: ItemGraph) =>
  Array.from({ length: graph.collections }, (_, c) => [...rowOf(graph.toItems, c)])

test('entropy counts known topics only, in nats', () => {
  const topics = Uint32Array.of(1, 1, 2, 3, 0, 0, 0, 0, 0, 0)
  const sets = [[0, 1], [0, 2], [0, 1, 2, 3], [0, 2, 4, 5], [4, 5], []]
  const expected = [0, Math.log(2), 1.5 * Math.log(2), Math.log(2), 0, 0]
  topicEntropies(boards(sets), topics).forEach((entropy, c) => {
    assert.ok(Math.abs(entropy - expected[c]!) < 1e-12)
  })
})

test('the most diverse and the largest collections go, and leave empty rows', () => {
  const topics = Uint32Array.of(1, 1, 2, 3, 0, 0, 0, 0, 0, 0)
  const sets = [
    [0, 1],
    [0, 2],
    [0, 1, 2, 3],
    [1, 3, 4],
    [4, 5, 6, 7, 8],
  ]
  const graph = boards(sets)
  const pruned = pruneGraph(graph, { ...keepAll, droppedEntropyShare: 0.2 }, topics)
  assert.deepEqual(setsOf(pruned), [[0, 1], [0, 2], [], [1, 3, 4], [4, 5, 6, 7, 8]])
  const small = pruneGraph(graph, { ...keepAll, maxCollectionSize: 3 }, topics)
  assert.deepEqual(setsOf(small), [[0, 1], [0, 2], [], [1, 3, 4], []])
  assert.equal(pruned.items, ITEMS)
})

test('an item of degree d keeps its ⌈d^δ⌉ strongest edges, whatever the graph', () => {
  const set = fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 6 })
  const topics = fc.uint32Array({ minLength: ITEMS, maxLength: ITEMS, max: 3 })
  const options = fc.record({
    degreeExponent: fc.constantFrom(0.3, 0.6, 0.91, 1),
    droppedEntropyShare: fc.constantFrom(0, 0.2, 0.5),
    maxCollectionSize: fc.constantFrom(3, 1000),
  })
  fc.assert(
    fc.property(
      fc.array(set, { maxLength: 15 }),
      fc.option(topics, { nil: undefined }),
      options,
      (sets, of, chosen) => {
        const graph = boards(sets)
        const pruned = pruneGraph(graph, chosen, of)
        assert.deepEqual(setsOf(pruned), reference(graph, chosen, of))
        // Both directions hold the same edges.
        for (let item = 0; item < ITEMS; item++) {
          const holding = setsOf(pruned).flatMap((kept, c) => (kept.includes(item) ? [c] : []))
          assert.deepEqual([...rowOf(pruned.toCollections, item)], holding)
        }
      },
    ),
  )
})

function reference(graph: ItemGraph, options: PruneOptions, topics?: Uint32Array): number[][] {
  const sets = setsOf(graph).map((set) => (set.length <= options.maxCollectionSize ? set : []))
  if (topics) {
    const entropies = [...topicEntropies(graph, topics)]
    const among = sets.flatMap((set, c) => (set.length > 0 ? [entropies[c]!] : [])).sort((a, b) => a - b)
    const limit = among[among.length - Math.floor(among.length * options.droppedEntropyShare) - 1] ?? 0
    sets.forEach((_, c) => {
      if (entropies[c]! > limit) sets[c] = []
    })
  }
  const kept: number[][] = sets.map(() => [])
  for (let item = 0; item < ITEMS; item++) {
    const strength = (c: number) => {
      const topic = topics?.[item] ?? 0
      if (topic === 0) return -sets[c]!.length
      return sets[c]!.filter((other) => topics![other] === topic).length / sets[c]!.length
    }
    const holding = [...sets.keys()].filter((c) => sets[c]!.includes(item))
    holding.sort((a, b) => Math.fround(strength(b)) - Math.fround(strength(a)) || a - b)
    for (const c of holding.slice(0, Math.ceil(holding.length ** options.degreeExponent))) kept[c]!.push(item)
  }
  return kept.map((set, c) => sets[c]!.filter((item) => set.includes(item)))
}
