import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { csrFromEdges, degree, rowOf } from '../../src/base/csr.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import { openDirectionQuery } from '../../src/sources/direction-query.ts'
import { expanded, fitExpansion } from '../../src/sources/expansion.ts'
import { searchExact } from '../../src/vectors/exact-search.ts'
import { normalise, vectorAt, vectorMatrix } from '../../src/vectors/vector-matrix.ts'
import { datasetOf, type TestEvent } from '../data/dataset-of.ts'
import { openOn } from './open-on.ts'
import { requestFor } from './requests.ts'

const TEMPORAL = { kind: 'temporal', fraction: 0.8 } as const
const HOUR_MS = 60 * 60 * 1000

/** One user per list, who takes the items in turn. */
function datasetOfLists(lists: readonly (readonly number[])[], items: number) {
  const events = lists.flatMap((list, user) =>
    list.map((item, k): TestEvent => ({ user, item, time: user * HOUR_MS + k * 1000, session: user + 1 })),
  )
  return datasetOf(events, TEMPORAL, { users: lists.length, items })
}

const inputOf = (dataset: ReturnType<typeof datasetOf>) => ({
  dataset,
  graph: itemGraphOf(dataset),
  threads: 1,
  seed: 1,
  progress: silentProgress,
})

test('an item asks with itself and its neighbours, by one weight together', () => {
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.double({ min: 0, max: 0.1, noNaN: true })), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(edges, fc.nat(14), fc.double({ min: 0.1, max: 5, noNaN: true }), (given, item, weight) => {
      const rows = csrFromEdges(10, 10, {
        from: given.map(([from]) => from),
        to: given.map(([, to]) => to),
        weights: given.map(([, , share]) => share),
      })
      const asked = new Float64Array(15)
      expanded(rows, (other, share) => {
        asked[other]! += share
      })(item, weight)
      const expected = new Float64Array(15)
      const own = given.filter(([from]) => from === item)
      expected[item] = weight * (1 - own.reduce((sum, [, , share]) => sum + share, 0))
      for (const [, to, share] of own) expected[to]! += weight * share
      asked.forEach((value, k) => {
        assert.ok(Math.abs(value - expected[k]!) < 1e-5)
      })
    }),
    { seed: 1 },
  )
})

test('neighbours have the larger part, the fewer collections an item is in', async () => {
  const random = createRandom(2)
  const lists = Array.from({ length: 200 }, () =>
    Array.from(new Set(Array.from({ length: 5 }, () => Math.floor(30 * random.float() ** 2)))),
  )
  const input = inputOf(datasetOfLists(lists, 31))
  const rows = await fitExpansion(input, { expansion: 8, expansionNeighbours: 4 })
  assert.equal(degree(rows, 30), 0)
  for (let item = 0; item < 30; item++) {
    const others = rowOf(rows, item)
    assert.ok(others.length <= 4 && !others.includes(item))
    const sum = rows.weights!.subarray(rows.offsets[item], rows.offsets[item + 1]).reduce((a, b) => a + b, 0)
    const expected = others.length === 0 ? 0 : 8 / (degree(input.graph.toCollections, item) + 8)
    assert.ok(Math.abs(sum - expected) < 1e-6, `${sum} for ${expected}`)
  }
  assert.equal((await fitExpansion(input, { expansion: 0, expansionNeighbours: 4 })).rows, 0)
})

test('a query is the sum of directions, whatever the lengths of rows, live items among them', () => {
  const rows = { count: 2, dim: 2, values: Float32Array.of(5, 0, 0, 0.1) }
  const none = csrFromEdges(0, 0, { from: [], to: [], weights: [] })
  const query = openDirectionQuery(rows, none, new Map([[7, Float32Array.of(0, -3)]]))
  const asked = (items: number[], weights: number[]) => Array.from(query(requestFor(items), weights))
  const near = (found: number[], expected: number[]) =>
    found.every((value, k) => Math.abs(value - expected[k]!) < 1e-6)
  assert.ok(near(asked([0, 1], [3, 4]), [0.6, 0.8]))
  assert.ok(near(asked([0, 7], [4, 3]), [0.8, -0.6]))
  assert.ok(near(asked([0, 1, 9], [1, 0, 5]), [1, 0]))
  assert.deepEqual(asked([9], [1]), [0, 0])
})

test('for an item without neighbours, and for home, the expanded search is the single one', async () => {
  const random = createRandom(3)
  const lists = Array.from({ length: 300 }, (_, user) => {
    const from = 20 * (user % 2)
    return Array.from(new Set(Array.from({ length: 6 }, () => from + random.below(20))))
  })
  // Item 40 is taken alone.
  const dataset = datasetOfLists([...lists, [40], [40]], 41)
  const names = ['item2vec', 'spectral']
  const openWith = (expansion: number) =>
    openOn(dataset, {
      sources: names,
      sourceOptions: {
        item2vec: { expansion, epochs: 3, subsampling: 0 },
        spectral: { expansion, rank: 16 },
      },
    })
  const [single, wide] = [await openWith(0), await openWith(50)]
  for (const name of names) {
    const ask = (sources: typeof single, item: number) => sources.get(name)!.propose(requestFor([item]), 41)
    assert.deepEqual(ask(wide, 40), ask(single, 40), name)
    assert.notDeepEqual(ask(wide, 3).scores, ask(single, 3).scores, name)
    // For a user's home neighbours are not asked.
    const home = (sources: typeof single) =>
      sources.get(name)!.propose(requestFor([3, 5], { surface: 'home' }), 41)
    assert.deepEqual(home(wide), home(single), name)
  }
})

test('rare items with noisy vectors find more of their topic with their neighbours, in lists of the same length', async () => {
  const [topics, perTopic, dim, limit] = [20, 50, 16, 50]
  const items = topics * perTopic
  const random = createRandom(4)
  // The first five items of a topic are popular; nearly every list has some of them.
  const lists = Array.from({ length: 2000 }, (_, user) => {
    const topic = user % topics
    const draw = () => topic * perTopic + random.below(random.float() < 0.7 ? 5 : perTopic)
    return Array.from(new Set(Array.from({ length: 6 }, draw)))
  })
  const input = inputOf(datasetOfLists(lists, items))
  const counts = Array.from({ length: items }, (_, item) => degree(input.graph.toCollections, item))
  const centres = Array.from({ length: topics }, () =>
    normalise(Float32Array.from({ length: dim }, random.normal)),
  )
  const vectors = vectorMatrix(items, dim)
  for (let item = 0; item < items; item++) {
    const vector = vectorAt(vectors, item)
    const noise = 1 / Math.sqrt(counts[item]! + 1)
    centres[Math.floor(item / perTopic)]!.forEach((value, j) => {
      vector[j] = value + noise * random.normal()
    })
    normalise(vector)
  }
  const rows = await fitExpansion(input, { expansion: 10, expansionNeighbours: 10 })
  const query = new Float32Array(dim)
  const single = (item: number, weight: number) => {
    for (let j = 0; j < dim; j++) query[j]! += weight * vectorAt(vectors, item)[j]!
  }
  const recallOf = (ask: typeof single, asked: readonly number[]) => {
    let found = 0
    for (const item of asked) {
      query.fill(0)
      ask(item, 1)
      const list = searchExact(vectors, query, limit, [item]).items
      found += list.filter((other) => Math.floor(other / perTopic) === Math.floor(item / perTopic)).length
    }
    return found / (asked.length * (perTopic - 1))
  }
  const all = Array.from({ length: items }, (_, item) => item)
  const rare = all.filter((item) => counts[item]! >= 1 && counts[item]! <= 8)
  const popular = all.filter((item) => counts[item]! >= 40)
  assert.ok(rare.length > 200 && popular.length >= 50)
  const gain = (asked: readonly number[]) => recallOf(expanded(rows, single), asked) - recallOf(single, asked)
  assert.ok(gain(rare) > 0.15, `${gain(rare)}`)
  assert.ok(gain(popular) > -0.01 && gain(popular) < gain(rare) / 2, `${gain(popular)}`)
})
