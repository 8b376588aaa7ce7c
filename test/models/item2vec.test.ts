/** @file item2vec: the kernel against its reference, the reference against its gradient, and planted structure. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csrFromEdges } from '../../src/base/csr.ts'
import { loadKernel, openKernel } from '../../src/base/kernel.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { fitItem2vec, type Item2vecOptions } from '../../src/models/item2vec.ts'
import { type ItemSequences, layOut } from '../../src/models/item2vec-memory.ts'
import { normalisedRows, type VectorMatrix, vectorAt } from '../../src/vectors/vector-matrix.ts'
import { objective, step, trainReference } from './item2vec.reference.ts'

const options: Item2vecOptions = {
  dim: 16,
  window: 3,
  negatives: 5,
  noiseExponent: 0.75,
  subsampling: 0,
  learningRate: 0.05,
  epochs: 2,
  hogwild: false,
}

function sequencesOf(lists: number[][], items: number, unordered = 0): ItemSequences {
  const from = lists.flatMap((list, s) => list.map(() => s))
  return { rows: csrFromEdges(lists.length, items, { from, to: lists.flat() }), unordered }
}

test('a step of the reference climbs the gradient of the objective', () => {
  const dim = 3
  const random = createRandom(5)
  const vectors = () => Float64Array.from({ length: 4 * dim }, () => random.normal())
  const before = { inputs: vectors(), outputs: vectors() }
  const after = { inputs: before.inputs.slice(), outputs: before.outputs.slice() }
  const position = { inputs: [0, 2, 0], outputs: [1, 3, 2, 3] }
  step(after, position, dim, 1)
  for (const side of ['inputs', 'outputs'] as const) {
    for (let at = 0; at < before[side].length; at++) {
      const shifted = (by: number) => {
        const moved = { ...before, [side]: before[side].slice() }
        moved[side][at] += by
        return objective(moved, position, dim)
      }
      const slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
      assert.ok(Math.abs(after[side][at] - before[side][at] - slope) < 1e-8, `${side}[${at}]`)
    }
  }
})

test('the kernel makes the updates of the reference, whatever the sequences and options', () => {
  const kernel = loadKernel('item2vec')
  fc.assert(
    fc.property(
      fc.record({
        lists: fc.array(fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 12 }), {
          minLength: 1,
          maxLength: 5,
        }),
        dim: fc.constantFrom(16, 32, 48),
        window: fc.integer({ min: 1, max: 6 }),
        negatives: fc.integer({ min: 1, max: 9 }),
        subsampling: fc.constantFrom(0, 0.05),
        seed: fc.integer({ min: 0, max: 0xffffffff }),
      }),
      ({ lists, seed, ...given }) => {
        if (lists.flat().length === 0) return
        const all = { ...options, ...given, learningRate: 0.3 }
        const sequences = sequencesOf(lists, 9, lists.length >> 1)
        const { memory, layout, scratches, inputs, outputs } = layOut(sequences, all, seed, 1)
        const expected = { inputs: Float64Array.from(inputs), outputs: Float64Array.from(outputs) }
        trainReference(sequences, all, seed, expected)
        const { train } = openKernel<{ train(...numbers: number[]): void }>(kernel, memory)
        for (let epoch = 0; epoch < all.epochs; epoch++) train(layout, scratches[0], epoch, 0, lists.length)
        for (const side of ['inputs', 'outputs'] as const) {
          const found = side === 'inputs' ? inputs : outputs
          for (let k = 0; k < found.length; k++) {
            assert.ok(
              Math.abs(found[k] - expected[side][k]) < 1e-4,
              `${side}[${k}] of ${JSON.stringify(lists)}`,
            )
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

/** Sequences that each stay within one of the communities {0 … size−1}, {size … 2·size−1}, … */
function communities(count: number, size: number, sequences: number, seed: number): number[][] {
  const random = createRandom(seed)
  return Array.from({ length: sequences }, () => {
    const community = random.below(count)
    return Array.from({ length: 8 }, () => community * size + random.below(size))
  })
}

const fit = (sequences: ItemSequences, given: Partial<Item2vecOptions> = {}, seed = 1, threads = 2) =>
  fitItem2vec(sequences, { ...options, ...given }, seed, threads, silentProgress)

function cosines(table: VectorMatrix): (a: number, b: number) => number {
  const unit = normalisedRows(table)
  return (a, b) => vectorAt(unit, a).reduce((sum, value, j) => sum + value * vectorAt(unit, b)[j], 0)
}

/** Means of the cosines of pairs within and across communities. */
function meanCosines(table: VectorMatrix, size: number): { within: number; across: number } {
  const cosine = cosines(table)
  const sums = { within: 0, across: 0 }
  const pairs = { within: 0, across: 0 }
  for (let a = 0; a < table.count; a++) {
    for (let b = 0; b < a; b++) {
      const side = Math.floor(a / size) === Math.floor(b / size) ? 'within' : 'across'
      sums[side] += cosine(a, b)
      pairs[side]++
    }
  }
  return { within: sums.within / pairs.within, across: sums.across / pairs.across }
}

test('items of a planted community lie together, apart from other communities', async () => {
  const lists = communities(4, 10, 1500, 3)
  for (const unordered of [0, lists.length]) {
    const { within, across } = meanCosines(await fit(sequencesOf(lists, 40, unordered), { epochs: 20 }), 10)
    assert.ok(within > 0.8 && across < 0.3, `within ${within}, across ${across}`)
  }
})

test('two items with the same surroundings are neighbours although they never occur together', async () => {
  const random = createRandom(8)
  // Items 0 and 1 stand in the place of each other among 2 … 11; 12 … 31 are others.
  const lists = Array.from({ length: 2000 }, () => {
    const [first, from] = random.below(2) === 0 ? [random.below(2), 2] : [12 + random.below(10), 22]
    return [first, ...Array.from({ length: 4 }, () => from + random.below(10))]
  })
  assert.ok(!lists.some((list) => list.includes(0) && list.includes(1)))
  const cosine = cosines(await fit(sequencesOf(lists, 32, lists.length), { epochs: 20, window: 5 }))
  const others = Array.from({ length: 20 }, (_, k) => cosine(0, 12 + k))
  assert.ok(
    cosine(0, 1) > 0.9 && cosine(0, 1) > Math.max(...others) + 0.3,
    `${cosine(0, 1)} against ${others}`,
  )
})

test('the same seed gives the same bits, another seed others; more threads change nothing', async () => {
  const sequences = sequencesOf(communities(3, 5, 200, 4), 15)
  const once = await fit(sequences)
  assert.deepEqual((await fit(sequences, {}, 1, 1)).values, once.values)
  assert.notDeepEqual((await fit(sequences, {}, 2)).values, once.values)
})

test('workers without locks find the communities too', async () => {
  const lists = communities(4, 10, 1500, 3)
  const table = await fit(sequencesOf(lists, 40), { epochs: 20, hogwild: true })
  const { within, across } = meanCosines(table, 10)
  assert.ok(within > 0.8 && across < 0.3, `within ${within}, across ${across}`)
})

test('an item that is in no sequence has no vector', async () => {
  const table = await fit(
    sequencesOf(
      [
        [0, 1, 3],
        [3, 1],
      ],
      5,
    ),
  )
  for (const item of [2, 4]) assert.deepEqual(vectorAt(table, item), new Float32Array(options.dim))
  assert.ok(vectorAt(table, 0).some((value) => value !== 0))
})
