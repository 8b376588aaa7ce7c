import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { csrFromEdges, degree, rowOf, transpose } from '../../../src/base/csr.ts'
import { createRandom } from '../../../src/base/random.ts'
import {
  openBatches,
  type PairExamples,
  teachingCollections,
} from '../../../src/models/graph-sage/batches.ts'
import { levelInputs } from '../../../src/models/graph-sage/tower.ts'
import { vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const ITEMS = 30

/** Random collections of 2 … 6 items; every item has up to 8 random neighbours. */
function examplesOf(seed: number, given: Partial<PairExamples> = {}): PairExamples {
  const random = createRandom(seed)
  const owned = Array.from(
    { length: 20 },
    () => new Set(Array.from({ length: 2 + random.below(5) }, () => random.below(ITEMS))),
  ).flatMap((items, collection) => Array.from(items, (item) => [collection, item] as const))
  const toItems = csrFromEdges(20, ITEMS, { from: owned.map(([c]) => c), to: owned.map(([, item]) => item) })
  const collections = teachingCollections(toItems, 100)
  const edges = Array.from({ length: ITEMS }, (_, item) =>
    Array.from(
      new Set(Array.from({ length: 8 }, () => random.below(ITEMS))),
      (other) => [item, other] as const,
    ),
  ).flat()
  const distinct = edges.filter(([item, other]) => item !== other)
  const popularity = new Float32Array(ITEMS)
  for (const item of collections.targets) popularity[item]! += 1 / collections.targets.length
  const content = vectorMatrix(ITEMS, 3)
  for (let k = 0; k < content.values.length; k++) content.values[k] = k
  return {
    collections,
    neighbours: csrFromEdges(ITEMS, ITEMS, {
      from: distinct.map(([item]) => item),
      to: distinct.map(([, other]) => other),
      weights: distinct.map(() => 0.1 + random.float()),
    }),
    content,
    popularity,
    pairs: 8,
    sampled: 4,
    layers: 2,
    hiddenIds: 0,
    seed,
    ...given,
  }
}

/** The items that each row of each level stands for, from layer 0 upwards, read back from a batch. */
function itemsByLevel(batch: Record<string, ArrayLike<number>>, layers: number): number[][] {
  const levels = [Array.from(batch.items!)]
  for (let level = 1; level <= layers; level++) {
    const below = levels[level - 1]!
    levels.push(Array.from(batch[levelInputs(level).self]!, (place) => below[place]!))
  }
  return levels
}

test('a batch follows from its numbers alone', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(3), fc.nat(5), (seed, epoch, index) => {
      const examples = examplesOf(seed)
      const make = openBatches(examples)
      make({ epoch: epoch + 1, index: 0 })
      assert.deepEqual(make({ epoch, index }), openBatches(examples)({ epoch, index }))
    }),
    { numRuns: 20, seed: 1 },
  )
})

test('pairs are of one collection; neighbours are sampled without the other end of the link, by weights that sum to 1', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.constantFrom(1, 2, 3), (seed, layers) => {
      const examples = examplesOf(seed, { layers })
      const { collections, neighbours, pairs, sampled } = examples
      const batch = openBatches(examples)({ epoch: 0, index: seed }) as Record<string, ArrayLike<number>>
      const levels = itemsByLevel(batch, layers)
      const ends = levels[layers]!
      assert.equal(ends.length, 2 * pairs)
      const owners = transpose(collections)
      for (let k = 0; k < pairs; k++) {
        const [first, second] = [ends[k]!, ends[pairs + k]!]
        assert.notEqual(first, second)
        assert.ok(rowOf(owners, first).some((collection) => rowOf(owners, second).includes(collection)))
      }
      for (let level = layers; level >= 1; level--) {
        const names = levelInputs(level)
        const rows = levels[level]!
        const total = new Float64Array(rows.length)
        const met = rows.map(() => new Set<number>())
        Array.from(batch[names.neighbours]!).forEach((place, edge) => {
          const row = batch[names.rowOf]![edge]!
          const other = levels[level - 1]![place]!
          assert.ok(rowOf(neighbours, rows[row]!).includes(other))
          assert.ok(!met[row]!.has(other))
          met[row]!.add(other)
          total[row]! += batch[names.weights]![edge]!
          // The two ends of the links stand first, level by level.
          if (level === layers) assert.notEqual(other, ends[(row + pairs) % (2 * pairs)])
        })
        rows.forEach((item, row) => {
          const most = Math.min(sampled, degree(neighbours, item))
          assert.ok(met[row]!.size === most || met[row]!.size === most - 1 || level === layers)
          assert.ok(met[row]!.size === 0 || Math.abs(total[row]! - 1) < 1e-5)
        })
      }
    }),
    { numRuns: 40, seed: 2 },
  )
})

test('below the uppermost level too, the ends of a link do not see each other', () => {
  // Two items that are each other's only neighbours: with the link hidden there is nothing to hear.
  const neighbours = csrFromEdges(2, 2, { from: [0, 1], to: [1, 0], weights: [1, 1] })
  const collections = csrFromEdges(1, 2, { from: [0, 0], to: [0, 1] })
  const examples = { ...examplesOf(1), neighbours, collections, popularity: new Float32Array([0.5, 0.5]) }
  for (const layers of [1, 2, 3]) {
    const batch = openBatches({ ...examples, layers, content: null })({ epoch: 0, index: 0 })
    for (let level = 1; level <= layers; level++)
      assert.equal(batch[levelInputs(level).neighbours]!.length, 0)
  }
})

test('items are drawn as often as their popularity says', () => {
  const examples = examplesOf(4)
  const make = openBatches(examples)
  const drawn = new Float64Array(ITEMS)
  const batches = 2000
  for (let index = 0; index < batches; index++) {
    const batch = make({ epoch: 0, index }) as Record<string, ArrayLike<number>>
    itemsByLevel(batch, 2)[2]!.forEach((item, k) => {
      drawn[item]!++
      if (k < examples.pairs) return
      const logQ = batch.logQ![k - examples.pairs]!
      assert.ok(Math.abs(Math.exp(logQ) - examples.popularity[item]!) < 1e-6)
    })
  }
  drawn.forEach((count, item) => {
    assert.ok(Math.abs(count / (batches * 2 * examples.pairs) - examples.popularity[item]!) < 0.01)
  })
})

test('rows are hidden as often as asked, content never', () => {
  const make = openBatches(examplesOf(5, { hiddenIds: 0.25 }))
  let [hidden, all] = [0, 0]
  for (let index = 0; index < 100; index++) {
    const { items, content } = make({ epoch: 0, index }) as Record<string, ArrayLike<number>>
    Array.from(items!).forEach((item, k) => {
      if (item === ITEMS) hidden++
      else assert.equal(content![3 * k], 3 * item)
      all++
    })
  }
  assert.ok(Math.abs(hidden / all - 0.25) < 0.02)
})

test('collections of one item and those beyond the limit teach nothing', () => {
  const toItems = csrFromEdges(4, 5, { from: [0, 1, 1, 2, 2, 2, 3, 3], to: [0, 1, 2, 0, 3, 4, 2, 4] })
  const kept = teachingCollections(toItems, 2)
  assert.deepEqual(Array.from(kept.offsets), [0, 2, 4])
  assert.deepEqual(Array.from(kept.targets), [1, 2, 2, 4])
})
