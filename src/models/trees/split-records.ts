/** @file The best splits that the threads found for the leaves of a growing tree, and the leaves' sums and bounds. */

import type { Decision, LeafState } from './growing-tree.ts'
import type { TreeMemory } from './tree-memory.ts'
import type { TreeOptions } from './tree-options.ts'

export interface Splits {
  /** Starts a tree: the root has the sums that the threads packed. */
  openRoot(): LeafState
  /** Rows of the bag in a leaf. */
  countOf(leaf: number): number
  /** Forgets this thread's split of a leaf. @returns its address */
  clear(leaf: number): number
  /** Writes a leaf's sums and bounds for the kernel. */
  placeLeaf(leaf: number): void
  /** @returns the leaf with the best split of all threads, −1 when none has any */
  best(leaves: number): number
  decide(leaf: number): Decision
  /** Leaf `leaf` becomes its own left side and leaf `right` the other; `monotone` is the sign of the feature. */
  divide(leaf: number, right: number, monotone: number): void
}

/** Places of the fields of `Split` in `kernels/tree-splits.ts`, in units of their types. */
const LEFT_GRADIENT = 1
const LEFT_WEIGHT = 2
const LEFT_VALUE = 3
const RIGHT_VALUE = 4
const FEATURE = 10
const BIN = 11
const NAN_LEFT = 12
const CATEGORIES = 13
const CATEGORY_BINS = 16

export function openSplits(memory: TreeMemory, options: TreeOptions, thread: number): Splits {
  const { buffer } = memory.memory
  const places = memory.threads
  const floats = places.map(({ splits }) => new Float64Array(buffer, splits, lengthOf(8)))
  const longs = places.map(({ splits }) => new BigInt64Array(buffer, splits, lengthOf(8)))
  const words = places.map(({ splits }) => new Uint32Array(buffer, splits, lengthOf(4)))
  const units = new Float64Array(buffer, memory.params, 2)
  const countBits = new Uint32Array(buffer, memory.params + 68, 1)
  const kernelSums = new BigInt64Array(buffer, places[thread].leaf, 2)
  const kernelBounds = new Float64Array(buffer, places[thread].leaf + 16, 2)
  const sums = new BigInt64Array(2 * options.numLeaves)
  const counts = new Float64Array(options.numLeaves)
  const lower = new Float64Array(options.numLeaves)
  const upper = new Float64Array(options.numLeaves)

  function lengthOf(bytes: number): number {
    return (memory.splitBytes / bytes) * options.numLeaves
  }

  function countIn(weight: bigint): number {
    return Number(weight & ((1n << BigInt(countBits[0])) - 1n))
  }

  function hessianIn(weight: bigint): number {
    return Number(weight >> BigInt(countBits[0])) * units[1]
  }

  /** The thread whose split of a leaf is best; ties go to the lower feature, as if one thread had looked at all. */
  function bestThread(leaf: number): number {
    const gainAt = (leaf * memory.splitBytes) / 8
    const featureAt = (leaf * memory.splitBytes) / 4 + FEATURE
    let best = 0
    for (let k = 1; k < places.length; k++) {
      const gain = floats[k][gainAt] - floats[best][gainAt]
      if (gain > 0 || (gain === 0 && words[k][featureAt] < words[best][featureAt])) best = k
    }
    return best
  }

  return {
    openRoot() {
      let gradient = 0n
      let weight = 0n
      for (const { sums: at } of places) {
        const [part, partWeight] = new BigInt64Array(buffer, at, 2)
        gradient += part
        weight += partWeight
      }
      sums[0] = gradient
      sums[1] = weight
      counts[0] = countIn(weight)
      lower[0] = Number.NEGATIVE_INFINITY
      upper[0] = Number.POSITIVE_INFINITY
      return { value: 0, weight: hessianIn(weight), count: counts[0] }
    },
    countOf: (leaf) => counts[leaf],
    clear(leaf) {
      floats[thread][(leaf * memory.splitBytes) / 8] = 0
      return places[thread].splits + leaf * memory.splitBytes
    },
    placeLeaf(leaf) {
      kernelSums[0] = sums[2 * leaf]
      kernelSums[1] = sums[2 * leaf + 1]
      kernelBounds[0] = lower[leaf]
      kernelBounds[1] = upper[leaf]
    },
    best(leaves) {
      let best = -1
      let highest = 0
      for (let leaf = 0; leaf < leaves; leaf++) {
        const gain = floats[bestThread(leaf)][(leaf * memory.splitBytes) / 8]
        if (!(gain > highest)) continue
        highest = gain
        best = leaf
      }
      return best
    },
    decide(leaf) {
      const k = bestThread(leaf)
      const at = (leaf * memory.splitBytes) / 8
      const word = at * 2
      const weight = longs[k][at + LEFT_WEIGHT]
      const rightWeight = sums[2 * leaf + 1] - weight
      const categories = words[k][word + CATEGORIES]
      return {
        gain: floats[k][at],
        feature: words[k][word + FEATURE],
        bin: words[k][word + BIN],
        nanLeft: words[k][word + NAN_LEFT] === 1,
        categories: Array.from(words[k].subarray(word + CATEGORY_BINS, word + CATEGORY_BINS + categories)),
        left: { value: floats[k][at + LEFT_VALUE], weight: hessianIn(weight), count: countIn(weight) },
        right: {
          value: floats[k][at + RIGHT_VALUE],
          weight: hessianIn(rightWeight),
          count: countIn(rightWeight),
        },
      }
    },
    divide(leaf, right, monotone) {
      const k = bestThread(leaf)
      const at = (leaf * memory.splitBytes) / 8
      const gradient = longs[k][at + LEFT_GRADIENT]
      const weight = longs[k][at + LEFT_WEIGHT]
      sums[2 * right] = sums[2 * leaf] - gradient
      sums[2 * right + 1] = sums[2 * leaf + 1] - weight
      sums[2 * leaf] = gradient
      sums[2 * leaf + 1] = weight
      counts[leaf] = countIn(weight)
      counts[right] = countIn(sums[2 * right + 1])
      lower[right] = lower[leaf]
      upper[right] = upper[leaf]
      const middle = (floats[k][at + LEFT_VALUE] + floats[k][at + RIGHT_VALUE]) / 2
      if (monotone > 0) {
        upper[leaf] = middle
        lower[right] = middle
      } else if (monotone < 0) {
        lower[leaf] = middle
        upper[right] = middle
      }
    },
  }
}
