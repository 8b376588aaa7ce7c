/** @file Lays trees out for the kernel that scores them: thresholds in float32, leaves as bits where they are few. */

import { type KernelMemory, KernelPlaces, kernelMemory } from '../../base/kernel.ts'
import { floorFloat32 } from './float32.ts'
import {
  CATEGORICAL,
  DEFAULT_LEFT,
  leavesOf,
  MISSING_NAN,
  MISSING_ZERO,
  missingTypeOf,
  type Tree,
  type TreeModel,
} from './tree-model.ts'

/** Rows that the kernel takes at a time. */
export const BLOCK_ROWS = 16

/** Bytes of `Tree`, of a masked and of a walked node in `kernels/tree-scores.ts`. */
const TREE_BYTES = 20
const MASKED_BYTES = 12
const WALKED_BYTES = 28
/** A bit per leaf. */
const MASK_BITS = 32

/** Kinds of walked nodes. */
const NAN_RIGHT = 1
const ZERO_IS_MISSING = 2
const CATEGORY_SET = 4

/** Addresses in the kernel's memory. */
export interface CompiledTrees {
  readonly memory: KernelMemory
  readonly trees: number
  readonly values: number
  readonly block: number
  readonly sums: number
}

/** @param rows room for so many rows, a multiple of 16 */
export function compileTrees(model: TreeModel, rows: number): CompiledTrees {
  const width = model.featureNames.length
  const places = new KernelPlaces()
  const trees = places.place(model.trees.length * TREE_BYTES)
  const at = model.trees.map((tree) => ({
    nodes: places.place(tree.threshold.length * (isMasked(tree) ? MASKED_BYTES : WALKED_BYTES)),
    leaves: places.place(leavesOf(tree) * 8),
    words: places.place(tree.catThreshold.length * 4),
  }))
  const values = places.place(rows * width * 4)
  const block = places.place(BLOCK_ROWS * width * 4)
  const sums = places.place(rows * 8)
  const memory = kernelMemory(places.bytes)
  const view = new DataView(memory.buffer)
  model.trees.forEach((tree, k) => {
    const { nodes, leaves, words } = at[k]
    const counts = isMasked(tree)
      ? placeMasked(view, tree, nodes, leaves)
      : placeWalked(view, tree, nodes, leaves, words)
    const fields = [isMasked(tree) ? 1 : 0, ...counts, nodes, leaves]
    fields.forEach((field, f) => {
      view.setUint32(trees + k * TREE_BYTES + f * 4, field, true)
    })
  })
  return { memory, trees, values, block, sums }
}

/** Whether a tree is small, and its nodes plain comparisons. */
function isMasked(tree: Tree): boolean {
  return (
    leavesOf(tree) <= MASK_BITS &&
    tree.decisionType.every((type) => (type & CATEGORICAL) === 0 && missingTypeOf(type) !== MISSING_ZERO)
  )
}

/** Whether a numeric node sends NaN left: to its default side, or where 0 goes when NaN is not missing there. */
function sendsNanLeft({ decisionType, threshold }: Tree, node: number): boolean {
  const type = decisionType[node]
  return missingTypeOf(type) === MISSING_NAN ? (type & DEFAULT_LEFT) !== 0 : 0 <= threshold[node]
}

/** @returns how many nodes send NaN left and how many right */
function placeMasked(view: DataView, tree: Tree, nodes: number, leaves: number): [number, number] {
  const { order, leftMasks } = leftToRight(tree)
  order.forEach((leaf, k) => {
    view.setFloat64(leaves + k * 8, tree.leafValue[leaf], true)
  })
  const all = Array.from(leftMasks.keys())
  const nanLeft = all.filter((node) => sendsNanLeft(tree, node))
  const nanRight = all.filter((node) => !sendsNanLeft(tree, node))
  ;[...nanLeft, ...nanRight].forEach((node, k) => {
    const at = nodes + k * MASKED_BYTES
    view.setUint32(at, columnOf(tree, node), true)
    view.setFloat32(at + 4, floorFloat32(tree.threshold[node]), true)
    view.setUint32(at + 8, leftMasks[node], true)
  })
  return [nanLeft.length, nanRight.length]
}

/** The leaves from left to right, and for each node the bits of the leaves on its left. */
function leftToRight(tree: Tree): { order: number[]; leftMasks: Uint32Array } {
  const order: number[] = []
  const leftMasks = new Uint32Array(tree.threshold.length)
  if (leavesOf(tree) === 1) return { order: [0], leftMasks }
  const bitsBelow = (child: number): number => {
    if (child < 0) return 1 << (order.push(~child) - 1)
    leftMasks[child] = bitsBelow(tree.leftChild[child])
    return leftMasks[child] | bitsBelow(tree.rightChild[child])
  }
  bitsBelow(0)
  return { order, leftMasks }
}

function placeWalked(
  view: DataView,
  tree: Tree,
  nodes: number,
  leaves: number,
  words: number,
): [number, number] {
  tree.leafValue.forEach((value, leaf) => {
    view.setFloat64(leaves + leaf * 8, value, true)
  })
  tree.catThreshold.forEach((word, k) => {
    view.setUint32(words + k * 4, word, true)
  })
  tree.decisionType.forEach((type, node) => {
    const at = nodes + node * WALKED_BYTES
    view.setUint32(at, columnOf(tree, node), true)
    view.setInt32(at + 8, tree.leftChild[node], true)
    view.setInt32(at + 12, tree.rightChild[node], true)
    if ((type & CATEGORICAL) !== 0) {
      const set = tree.threshold[node]
      view.setUint32(at + 16, CATEGORY_SET, true)
      view.setUint32(at + 20, words + tree.catBoundaries[set] * 4, true)
      view.setUint32(at + 24, tree.catBoundaries[set + 1] - tree.catBoundaries[set], true)
      return
    }
    view.setFloat32(at + 4, floorFloat32(tree.threshold[node]), true)
    view.setUint32(at + 16, kindOf(tree, node), true)
  })
  return [0, 0]
}

function kindOf(tree: Tree, node: number): number {
  if (missingTypeOf(tree.decisionType[node]) === MISSING_ZERO) {
    return ZERO_IS_MISSING | ((tree.decisionType[node] & DEFAULT_LEFT) !== 0 ? 0 : NAN_RIGHT)
  }
  return sendsNanLeft(tree, node) ? 0 : NAN_RIGHT
}

const columnOf = (tree: Tree, node: number) => tree.splitFeature[node] * BLOCK_ROWS * 4
