/** @file Walks rows down a tree, plainly, in double precision: what every faster scorer has to agree with. */

import {
  CATEGORICAL,
  DEFAULT_LEFT,
  leavesOf,
  MISSING_NAN,
  MISSING_ZERO,
  missingTypeOf,
  type Tree,
  type TreeModel,
  ZERO_THRESHOLD,
} from './tree-model.ts'

/** @returns the leaf of a row whose values start at `at` */
export function leafOf(tree: Tree, values: Float32Array | Float64Array, at: number): number {
  if (leavesOf(tree) === 1) return 0
  let node = 0
  while (node >= 0) {
    const goes = goesLeft(tree, node, values[at + tree.splitFeature[node]])
    node = goes ? tree.leftChild[node] : tree.rightChild[node]
  }
  return ~node
}

export function goesLeft(tree: Tree, node: number, given: number): boolean {
  const type = tree.decisionType[node]
  const missing = missingTypeOf(type)
  if ((type & CATEGORICAL) !== 0) return isInSet(tree, tree.threshold[node], given)
  const value = Number.isNaN(given) && missing !== MISSING_NAN ? 0 : given
  const isMissing =
    (missing === MISSING_ZERO && Math.abs(value) <= ZERO_THRESHOLD) ||
    (missing === MISSING_NAN && Number.isNaN(value))
  return isMissing ? (type & DEFAULT_LEFT) !== 0 : value <= tree.threshold[node]
}

function isInSet({ catBoundaries, catThreshold }: Tree, set: number, value: number): boolean {
  if (!(value > -1)) return false
  const category = Math.trunc(value)
  const word = catBoundaries[set] + Math.floor(category / 32)
  return word < catBoundaries[set + 1] && ((catThreshold[word] >>> (category % 32)) & 1) === 1
}

/** Raw scores of rows, one after the other, tree after tree. */
export function traverseTrees(
  model: TreeModel,
  values: Float32Array | Float64Array,
  rows: number,
  scores: Float32Array | Float64Array,
): void {
  const width = model.featureNames.length
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (const tree of model.trees) sum += tree.leafValue[leafOf(tree, values, row * width)]
    scores[row] = model.averageOutput ? sum / model.trees.length : sum
  }
}
