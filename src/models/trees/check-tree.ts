/** @file Whether the arrays of a tree describe one: everything hangs together once, and no index leads outside. */

import { CATEGORICAL, leavesOf, type Tree } from './tree-model.ts'

export interface TreeFault {
  /** Name in LightGBM's text format. */
  field: string
  expected: string
}

/** @returns what is wrong, or null; lengths and ranges of single values were checked before */
export function checkTree(tree: Tree): TreeFault | null {
  const { leafValue, threshold, decisionType, catBoundaries, catThreshold } = tree
  if (!leafValue.every(Number.isFinite)) return { field: 'leaf_value', expected: 'finite values' }
  for (let k = 0; k + 1 < catBoundaries.length; k++) {
    if (catBoundaries[k + 1] < catBoundaries[k])
      return { field: 'cat_boundaries', expected: 'ascending values' }
  }
  const words = catBoundaries.length > 0 ? catBoundaries[catBoundaries.length - 1] : 0
  if (words !== catThreshold.length || (catBoundaries.length > 0 && catBoundaries[0] !== 0)) {
    return { field: 'cat_boundaries', expected: `values from 0 to ${catThreshold.length}` }
  }
  for (let node = 0; node < threshold.length; node++) {
    if ((decisionType[node] & CATEGORICAL) === 0) continue
    const set = threshold[node]
    if (!(Number.isInteger(set) && set >= 0 && set + 1 < catBoundaries.length)) {
      return {
        field: 'threshold',
        expected: `a category set, 0 … ${catBoundaries.length - 2}, at node ${node}`,
      }
    }
  }
  return reachesAll(tree) ? null : { field: 'left_child', expected: 'children that make one tree' }
}

/** Walks down from the root: a cycle or a shared child would be met twice, a lost one never. */
function reachesAll(tree: Tree): boolean {
  const leaves = leavesOf(tree)
  if (leaves === 1) return true
  const seenLeaf = new Uint8Array(leaves)
  const seenNode = new Uint8Array(leaves - 1)
  const open = [0]
  let seen = 0
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    const [flags, index] = child < 0 ? [seenLeaf, ~child] : [seenNode, child]
    if (flags[index] === 1) return false
    flags[index] = 1
    seen++
    if (child >= 0) open.push(tree.leftChild[child], tree.rightChild[child])
  }
  return seen === 2 * leaves - 1
}
