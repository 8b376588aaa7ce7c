/**
 * @file What each feature adds to a score: exact SHAP values of trees (Lundberg et al. 2020, algorithm 2, TreeSHAP).
 *
 * Path-dependent: where a feature is left out, a row goes both ways, in the shares of the training rows that did.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { goesLeft } from './traverse.ts'
import { leavesOf, type Tree, type TreeModel } from './tree-model.ts'

/** A leaf that no training row reached counts as so much of one. */
const LEAST_COVER = 1e-6

/**
 * @param values row-major, rows × features
 * @returns row-major, rows × (features + 1): one contribution per feature, then the expected score. A row sums to its score.
 * @throws InvalidOptionError for a model without the counts of its leaves
 */
export function explainTrees(model: TreeModel, values: Float32Array, rows: number): Float64Array {
  const width = model.featureNames.length
  const contributions = new Float64Array(rows * (width + 1))
  const scale = model.averageOutput ? 1 / model.trees.length : 1
  model.trees.forEach((tree, k) => {
    if (tree.leafCount.every((count) => count === 0)) {
      throw new InvalidOptionError('leaf_count', 0, `counts of the training rows in the leaves of tree ${k}`)
    }
    const covers = coversOf(tree)
    const paths = openPaths(tree)
    const expected = expectedValue(tree, covers)
    for (let row = 0; row < rows; row++) {
      const out = contributions.subarray(row * (width + 1), (row + 1) * (width + 1))
      out[width] += scale * expected
      if (leavesOf(tree) > 1) paths.explain(covers, values, row * width, out, scale)
    }
  })
  return contributions
}

/** Training rows below every node, and in every leaf. */
interface Covers {
  nodes: Float64Array
  leaves: Float64Array
}

/** Summed from the leaves, so that shares add up whatever a file says of its nodes. */
function coversOf(tree: Tree): Covers {
  const leaves = Float64Array.from(tree.leafCount, (count) => Math.max(count, LEAST_COVER))
  const nodes = new Float64Array(tree.threshold.length)
  const order = nodes.length > 0 ? [0] : []
  for (let k = 0; k < order.length; k++) {
    for (const child of childrenOf(tree, order[k])) if (child >= 0) order.push(child)
  }
  for (const node of order.reverse()) {
    for (const child of childrenOf(tree, node)) nodes[node] += child < 0 ? leaves[~child] : nodes[child]
  }
  return { nodes, leaves }
}

const childrenOf = (tree: Tree, node: number) => [tree.leftChild[node], tree.rightChild[node]]

function expectedValue(tree: Tree, { leaves }: Covers): number {
  let sum = 0
  let total = 0
  leaves.forEach((cover, leaf) => {
    sum += cover * tree.leafValue[leaf]
    total += cover
  })
  return sum / total
}

interface Paths {
  /** Adds the tree's contributions to the score of the row whose values start at `at`. */
  explain(covers: Covers, values: Float32Array, at: number, out: Float64Array, scale: number): void
}

/**
 * The path at depth d is a run of d + 1 entries: the feature of a step, the share of rows that follow the path without
 * it (`zero`), whether the row itself does (`one`), and the weight of the subsets of each size (`weight`).
 */
function openPaths(tree: Tree): Paths {
  const room = depthOf(tree) + 2
  const size = (room * (room + 1)) / 2
  const features = new Int32Array(size)
  const zeros = new Float64Array(size)
  const ones = new Float64Array(size)
  const weights = new Float64Array(size)

  function extend(start: number, depth: number, zero: number, one: number, feature: number): void {
    features[start + depth] = feature
    zeros[start + depth] = zero
    ones[start + depth] = one
    weights[start + depth] = depth === 0 ? 1 : 0
    for (let k = depth - 1; k >= 0; k--) {
      weights[start + k + 1] += (one * weights[start + k] * (k + 1)) / (depth + 1)
      weights[start + k] = (zero * weights[start + k] * (depth - k)) / (depth + 1)
    }
  }

  /** The entry of a feature that the path met before, or 0. */
  function entryOf(start: number, depth: number, feature: number): number {
    for (let entry = depth; entry > 0; entry--) if (features[start + entry] === feature) return entry
    return 0
  }

  function unwind(start: number, depth: number, entry: number): void {
    const zero = zeros[start + entry]
    const one = ones[start + entry]
    let next = weights[start + depth]
    for (let k = depth - 1; k >= 0; k--) {
      if (one !== 0) {
        const held = weights[start + k]
        weights[start + k] = (next * (depth + 1)) / ((k + 1) * one)
        next = held - (weights[start + k] * zero * (depth - k)) / (depth + 1)
      } else weights[start + k] = (weights[start + k] * (depth + 1)) / (zero * (depth - k))
    }
    for (let k = entry; k < depth; k++) {
      features[start + k] = features[start + k + 1]
      zeros[start + k] = zeros[start + k + 1]
      ones[start + k] = ones[start + k + 1]
    }
  }

  /** Σ of the weights that `unwind` would leave. */
  function unwoundSum(start: number, depth: number, entry: number): number {
    const zero = zeros[start + entry]
    const one = ones[start + entry]
    let next = weights[start + depth]
    let total = 0
    for (let k = depth - 1; k >= 0; k--) {
      if (one !== 0) {
        const weight = (next * (depth + 1)) / ((k + 1) * one)
        total += weight
        next = weights[start + k] - (weight * zero * (depth - k)) / (depth + 1)
      } else total += (weights[start + k] * (depth + 1)) / (zero * (depth - k))
    }
    return total
  }

  return {
    explain(covers, values, at, out, scale) {
      visit(0, 0, 0, 1, 1, -1)

      /** @param parent where the run of the step above starts; this one's starts after it */
      function visit(
        child: number,
        depth: number,
        parent: number,
        zero: number,
        one: number,
        feature: number,
      ): void {
        const start = depth === 0 ? 0 : parent + depth
        if (depth > 0) copyRun(parent, start, depth)
        extend(start, depth, zero, one, feature)
        if (child < 0) {
          for (let entry = 1; entry <= depth; entry++) {
            const share = unwoundSum(start, depth, entry) * (ones[start + entry] - zeros[start + entry])
            out[features[start + entry]] += scale * share * tree.leafValue[~child]
          }
          return
        }
        const split = tree.splitFeature[child]
        const isLeft = goesLeft(tree, child, values[at + split])
        let length = depth
        let zeroBefore = 1
        let oneBefore = 1
        const known = entryOf(start, depth, split)
        if (known > 0) {
          zeroBefore = zeros[start + known]
          oneBefore = ones[start + known]
          unwind(start, depth, known)
          length--
        }
        const [left, right] = childrenOf(tree, child)
        for (const next of [left, right]) {
          const cover = next < 0 ? covers.leaves[~next] : covers.nodes[next]
          const share = (zeroBefore * cover) / covers.nodes[child]
          const isHot = isLeft === (next === left)
          visit(next, length + 1, start, share, isHot ? oneBefore : 0, split)
        }
      }
    },
  }

  function copyRun(from: number, to: number, length: number): void {
    features.copyWithin(to, from, from + length)
    zeros.copyWithin(to, from, from + length)
    ones.copyWithin(to, from, from + length)
    weights.copyWithin(to, from, from + length)
  }
}

/** Nodes above the lowest leaf. */
function depthOf(tree: Tree): number {
  let deepest = 0
  const open: [child: number, depth: number][] = leavesOf(tree) > 1 ? [[0, 0]] : []
  for (let top = open.pop(); top; top = open.pop()) {
    const [node, depth] = top
    deepest = Math.max(deepest, depth + 1)
    for (const child of childrenOf(tree, node)) if (child >= 0) open.push([child, depth + 1])
  }
  return deepest
}
