/** @file SHAP values of trees against their definition: all coalitions of features, one by one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import { explainTrees } from '../../../src/models/trees/explain-trees.ts'
import { goesLeft, traverseTrees } from '../../../src/models/trees/traverse.ts'
import type { Tree } from '../../../src/models/trees/tree-model.ts'
import { modelOf, randomTree, randomValues } from './tables.ts'

function coverOf(tree: Tree, child: number): number {
  if (child < 0) return tree.leafCount[~child]
  return coverOf(tree, tree.leftChild[child]) + coverOf(tree, tree.rightChild[child])
}

/** Expected score when only the features of the coalition are known. */
function expectedScore(tree: Tree, values: Float32Array, coalition: number, child: number): number {
  if (child < 0) return tree.leafValue[~child]
  const sides = [tree.leftChild[child], tree.rightChild[child]]
  const feature = tree.splitFeature[child]
  if (((coalition >> feature) & 1) === 1) {
    return expectedScore(
      tree,
      values,
      coalition,
      goesLeft(tree, child, values[feature]) ? sides[0] : sides[1],
    )
  }
  const [left, right] = sides.map(
    (side) => coverOf(tree, side) * expectedScore(tree, values, coalition, side),
  )
  return (left + right) / coverOf(tree, child)
}

function shapleyValues(tree: Tree, values: Float32Array, features: number): number[] {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))
  return Array.from({ length: features }, (_, feature) => {
    let sum = 0
    for (let coalition = 0; coalition < 1 << features; coalition++) {
      if (((coalition >> feature) & 1) === 1) continue
      const size = coalition.toString(2).replaceAll('0', '').length
      const weight = (factorial(size) * factorial(features - size - 1)) / factorial(features)
      const gain =
        expectedScore(tree, values, coalition | (1 << feature), 0) - expectedScore(tree, values, coalition, 0)
      sum += weight * gain
    }
    return sum
  })
}

test('contributions are the Shapley values over all coalitions', () => {
  const random = createRandom(11)
  for (let round = 0; round < 25; round++) {
    const features = 1 + random.below(5)
    const tree = randomTree(2 + random.below(12), features, random)
    const values = randomValues(features, random)
    const contributions = explainTrees(modelOf([tree], features), values, 1)
    const expected = [...shapleyValues(tree, values, features), expectedScore(tree, values, 0, 0)]
    for (let f = 0; f <= features; f++) {
      assert.ok(Math.abs(contributions[f] - expected[f]) < 1e-9, `round ${round}, feature ${f}`)
    }
  }
})

test('contributions and the expected score sum to the score', () => {
  const random = createRandom(12)
  const features = 6
  const rows = 40
  for (const averageOutput of [false, true]) {
    const trees = Array.from({ length: 10 }, () => randomTree(1 + random.below(31), features, random))
    const model = modelOf(trees, features, averageOutput)
    const values = randomValues(rows * features, random)
    const scores = new Float64Array(rows)
    traverseTrees(model, values, rows, scores)
    const contributions = explainTrees(model, values, rows)
    for (let row = 0; row < rows; row++) {
      const sum = contributions
        .subarray(row * (features + 1), (row + 1) * (features + 1))
        .reduce((total, value) => total + value, 0)
      assert.ok(Math.abs(sum - scores[row]) < 1e-9)
    }
  }
})

test('a model without counts cannot be explained', () => {
  const tree = { ...randomTree(3, 2, createRandom(1)), leafCount: new Uint32Array(3) }
  assert.throws(() => explainTrees(modelOf([tree], 2), new Float32Array(2), 1), /leaf_count/)
})
