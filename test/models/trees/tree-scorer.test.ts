/** @file The kernel that scores trees against the plain walk. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/base/random.ts'
import { traverseTrees } from '../../../src/models/trees/traverse.ts'
import { treeScorer } from '../../../src/models/trees/tree-scorer.ts'
import { modelOf, randomTree, randomValues } from './tables.ts'

const shapes = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  trees: fc.integer({ min: 1, max: 8 }),
  leaves: fc.integer({ min: 1, max: 45 }),
  features: fc.integer({ min: 1, max: 7 }),
  rows: fc.integer({ min: 0, max: 60 }),
  plain: fc.boolean(),
  averageOutput: fc.boolean(),
})

test('scores are those of the plain walk, to the last bit', () => {
  fc.assert(
    fc.property(shapes, ({ seed, trees, leaves, features, rows, plain, averageOutput }) => {
      const random = createRandom(seed)
      const grown = Array.from({ length: trees }, () => randomTree(leaves, features, random, plain))
      const model = modelOf(grown, features, averageOutput)
      const values = randomValues(rows * features, random)
      const expected = new Float32Array(rows)
      traverseTrees(model, values, rows, expected)
      const scores = new Float32Array(rows)
      treeScorer(model).score(values, rows, scores)
      assert.deepEqual(scores, expected)
    }),
    { numRuns: 150 },
  )
})

test('more rows than the kernel takes at a time, and all leaves of a full mask', () => {
  const random = createRandom(3)
  const model = modelOf(
    Array.from({ length: 5 }, () => randomTree(32, 3, random, true)),
    3,
  )
  const values = randomValues(1100 * 3, random)
  const scores = new Float32Array(1101).fill(7)
  const expected = scores.slice()
  treeScorer(model).score(values, 1100, scores)
  traverseTrees(model, values, 1100, expected)
  assert.deepEqual(scores, expected)
})
