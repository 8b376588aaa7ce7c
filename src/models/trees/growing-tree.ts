/** @file A tree while it grows: leaves are split one by one, and the arrays of the finished tree come out. */

import type { FeatureBins } from './feature-bins.ts'
import { CATEGORICAL, DEFAULT_LEFT, MISSING_NAN, MISSING_NONE, type Tree } from './tree-model.ts'

/** A split that was decided on, in the units of the loss. */
export interface Decision {
  feature: number
  gain: number
  /** Numeric: bins up to this go left. */
  bin: number
  nanLeft: boolean
  /** Bins that go left; empty for a numeric split. */
  categories: number[]
  left: LeafState
  right: LeafState
}

export interface LeafState {
  value: number
  weight: number
  count: number
}

export interface GrowingTree {
  /** Leaf `leaf` becomes a node; its left side keeps the number, its right side gets the next one. */
  split(leaf: number, decision: Decision): void
  /** @param shrinkage leaf values are multiplied by it; @param start is added to them */
  finish(shrinkage: number, start: number): Tree
}

export function growingTree(features: readonly FeatureBins[], root: LeafState): GrowingTree {
  const leaves: LeafState[] = [root]
  const nodes: (Decision & { leftChild: number; rightChild: number; before: LeafState })[] = []
  /** The node above each leaf, and on which side the leaf hangs. */
  const parents: ({ node: number; isLeft: boolean } | null)[] = [null]
  return {
    split(leaf, decision) {
      const node = nodes.length
      const parent = parents[leaf]
      if (parent) nodes[parent.node][parent.isLeft ? 'leftChild' : 'rightChild'] = node
      const right = leaves.length
      nodes.push({ ...decision, leftChild: ~leaf, rightChild: ~right, before: leaves[leaf] })
      leaves[leaf] = decision.left
      leaves.push(decision.right)
      parents[leaf] = { node, isLeft: true }
      parents.push({ node, isLeft: false })
    },
    finish(shrinkage, start) {
      const catBoundaries = [0]
      const catThreshold: number[] = []
      const threshold = Float64Array.from(nodes, ({ feature, bin, categories }) => {
        const bins = features[feature]
        if (bins.kind === 'numeric') return bins.bounds[bin]
        catThreshold.push(...bitset(categories.map((code) => bins.categories[code - 1])))
        catBoundaries.push(catThreshold.length)
        return catBoundaries.length - 2
      })
      return {
        splitFeature: Int32Array.from(nodes, ({ feature }) => feature),
        splitGain: Float64Array.from(nodes, ({ gain }) => gain),
        threshold,
        decisionType: Uint8Array.from(nodes, (node) => decisionType(features[node.feature], node.nanLeft)),
        leftChild: Int32Array.from(nodes, ({ leftChild }) => leftChild),
        rightChild: Int32Array.from(nodes, ({ rightChild }) => rightChild),
        leafValue: Float64Array.from(leaves, ({ value }) => value * shrinkage + start),
        leafWeight: Float64Array.from(leaves, ({ weight }) => weight),
        leafCount: Uint32Array.from(leaves, ({ count }) => count),
        internalValue: Float64Array.from(nodes, ({ before }) => before.value * shrinkage + start),
        internalWeight: Float64Array.from(nodes, ({ before }) => before.weight),
        internalCount: Uint32Array.from(nodes, ({ before }) => before.count),
        catBoundaries: catThreshold.length > 0 ? Uint32Array.from(catBoundaries) : new Uint32Array(0),
        catThreshold: Uint32Array.from(catThreshold),
        shrinkage: start === 0 ? shrinkage : 1,
      }
    },
  }
}

function decisionType(bins: FeatureBins, nanLeft: boolean): number {
  if (bins.kind === 'categorical') return CATEGORICAL | ((bins.isComplete ? MISSING_NONE : MISSING_NAN) << 2)
  return (nanLeft ? DEFAULT_LEFT : 0) | ((bins.hasNan ? MISSING_NAN : MISSING_NONE) << 2)
}

function bitset(categories: number[]): Uint32Array {
  const words = new Uint32Array((Math.max(...categories) >> 5) + 1)
  for (const category of categories) words[category >> 5] |= 1 << (category & 31)
  return words
}
