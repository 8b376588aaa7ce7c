/**
 * @file Grows one tree leaf by leaf over histograms (Ke et al. 2017, LightGBM). Every thread runs this same code: each
 * builds the histograms of its own features and partitions its own share of a leaf's rows, and all take the same
 * decisions, so that the tree does not depend on their number.
 */

import { openBarrier } from '../../base/barrier.ts'
import { openKernel } from '../../base/kernel.ts'
import type { FeatureBins } from './feature-bins.ts'
import { type Decision, type GrowingTree, growingTree } from './growing-tree.ts'
import { openSplits } from './split-records.ts'
import type { RowKernel, SplitKernel, TreeKernels } from './tree-kernel.ts'
import { BIN_BYTES, rowNumbersOf, type TreeMemory } from './tree-memory.ts'
import type { TreeOptions } from './tree-options.ts'

/** What the threads of a fit share. */
export interface GrowShared {
  kernels: TreeKernels
  memory: TreeMemory
  features: readonly FeatureBins[]
  /** −1, 0 or 1 per feature. */
  monotone: readonly number[]
  options: TreeOptions
  barrier: Int32Array
  /** How many rows of its share each thread sent left. */
  wentLeft: Uint32Array
}

/** Where the rows of a leaf stand among the row numbers. */
export interface LeafRows {
  start: number
  count: number
}

export interface Grown {
  tree: GrowingTree
  leaves: readonly LeafRows[]
}

interface OpenLeaf extends LeafRows {
  depth: number
  /** Which of the places for histograms holds its own. */
  histogram: number
}

/** @returns grows a tree on the packed gradients, using only these features (ascending) */
export function openGrower(shared: GrowShared, thread: number): (features: Uint32Array) => Grown {
  const { memory, options, features: bins, monotone, wentLeft } = shared
  const threads = memory.threads.length
  const own = memory.threads[thread]
  const rowKernel = openKernel<RowKernel>(shared.kernels.rows, memory.memory)
  const splitKernel = openKernel<SplitKernel>(shared.kernels.splits, memory.memory)
  const wait = openBarrier(shared.barrier, threads)
  const buffer = memory.memory.buffer
  const rowNumbers = rowNumbersOf(memory)
  const bytes = new Uint8Array(buffer)
  const columnList = new Uint32Array(buffer, own.columnList, bins.length)
  const histogramList = new Uint32Array(buffer, own.histogramList, bins.length)
  const splits = openSplits(memory, options, thread)

  const share = (count: number, k: number) => Math.floor((count * k) / threads)

  return (used) => {
    const mine = used.subarray(share(used.length, thread), share(used.length, thread + 1))
    // Narrow features first: they are counted together.
    const narrow = mine.filter((f) => !memory.wide[f])
    const inLists = [...narrow, ...mine.filter((f) => memory.wide[f])]
    inLists.forEach((f, k) => {
      columnList[k] = memory.columns[f]
    })
    const leaves: OpenLeaf[] = [{ start: 0, count: memory.rows, depth: 0, histogram: 0 }]
    const firstRow = share(memory.rows, thread)
    const lastRow = share(memory.rows, thread + 1)
    for (let row = firstRow; row < lastRow; row++) rowNumbers[row] = row
    wait()
    const tree = growingTree(bins, splits.openRoot())
    countRows(leaves[0])
    findSplit(0)
    wait()
    while (leaves.length < options.numLeaves) {
      const leaf = splits.best(leaves.length)
      if (leaf < 0) break
      split(leaf)
      wait()
    }
    return { tree, leaves }

    function split(leaf: number): void {
      const decision = splits.decide(leaf)
      const parent = leaves[leaf]
      const depth = parent.depth + 1
      const right = leaves.length
      // Before the rows, and so before any thread can write over the split that all have to read.
      splits.divide(leaf, right, monotone[decision.feature])
      const left = divide(parent, decision)
      leaves[leaf] = { ...parent, count: left, depth }
      leaves.push({ start: parent.start + left, count: parent.count - left, depth, histogram: right })
      tree.split(leaf, decision)
      const isLast = leaves.length === options.numLeaves
      if (isLast || !(canSplit(leaf) || canSplit(right))) {
        splits.clear(leaf)
        splits.clear(right)
        return
      }
      const [small, large] = decision.left.count <= decision.right.count ? [leaf, right] : [right, leaf]
      leaves[small].histogram = right
      leaves[large].histogram = parent.histogram
      countRows(leaves[small])
      for (const f of mine) {
        rowKernel.subtract(histogramAt(leaves[large], f), histogramAt(leaves[small], f), bins[f].bins)
      }
      findSplit(leaf)
      findSplit(right)
    }

    function histogramAt(leaf: OpenLeaf, feature: number): number {
      return memory.histograms + leaf.histogram * memory.histogramBytes + memory.histogramOffsets[feature]
    }

    /** Builds the leaf's histograms of this thread's features from its rows. */
    function countRows(leaf: OpenLeaf): void {
      inLists.forEach((f, k) => {
        const at = histogramAt(leaf, f)
        histogramList[k] = at
        bytes.fill(0, at, at + bins[f].bins * BIN_BYTES)
      })
      const rows = memory.rowNumbers + leaf.start * 4
      const { columnList: columns, histogramList: histograms, gathered } = own
      const wide = inLists.length - narrow.length
      if (narrow.length > 0) {
        rowKernel.histogram8(rows, leaf.count, memory.packed, columns, histograms, narrow.length, gathered)
      }
      if (wide > 0) {
        const skipped = narrow.length * 4
        rowKernel.histogram16(
          rows,
          leaf.count,
          memory.packed,
          columns + skipped,
          histograms + skipped,
          wide,
          gathered,
        )
      }
    }

    function findSplit(leaf: number): void {
      const split = splits.clear(leaf)
      if (!canSplit(leaf)) return
      splits.placeLeaf(leaf)
      for (const f of mine) {
        const feature = bins[f]
        if (feature.bins < 2) continue
        const histogram = histogramAt(leaves[leaf], f)
        if (feature.kind === 'categorical') {
          splitKernel.categoricalSplit(
            memory.params,
            own.leaf,
            histogram,
            feature.bins,
            f,
            split,
            own.categories,
          )
        } else {
          const hasNan = feature.hasNan ? 1 : 0
          splitKernel.numericSplit(
            memory.params,
            own.leaf,
            histogram,
            feature.bins,
            hasNan,
            monotone[f],
            f,
            split,
          )
        }
      }
    }

    function canSplit(leaf: number): boolean {
      const deep = options.maxDepth > 0 && leaves[leaf].depth >= options.maxDepth
      return !deep && splits.countOf(leaf) >= 2 * Math.max(1, options.minDataInLeaf)
    }

    /** Partitions a leaf's rows, each thread its share of them. @returns how many went left */
    function divide({ start, count }: LeafRows, decision: Decision): number {
      fillTable(decision)
      const from = start + share(count, thread)
      const to = start + share(count, thread + 1)
      const { rowNumbers: numbers, columns, wide, leftRows, rightRows } = memory
      const { feature } = decision
      wentLeft[thread] = rowKernel.partition(
        numbers + from * 4,
        to - from,
        columns[feature],
        wide[feature] ? 1 : 0,
        own.table,
        leftRows + from * 4,
        rightRows + from * 4,
      )
      wait()
      let leftBefore = 0
      let allLeft = 0
      for (let k = 0; k < threads; k++) {
        if (k < thread) leftBefore += wentLeft[k]
        allLeft += wentLeft[k]
      }
      const left = wentLeft[thread]
      const rightBefore = from - start - leftBefore
      copyRows(leftRows + from * 4, left, numbers + (start + leftBefore) * 4)
      copyRows(rightRows + from * 4, to - from - left, numbers + (start + allLeft + rightBefore) * 4)
      wait()
      return allLeft
    }

    function copyRows(from: number, count: number, to: number): void {
      bytes.copyWithin(to, from, from + count * 4)
    }

    function fillTable({ feature, bin, nanLeft, categories }: Decision): void {
      const { kind, bins: count } = bins[feature]
      const table = bytes.subarray(own.table, own.table + count)
      if (kind === 'categorical') {
        table.fill(0)
        for (const code of categories) table[code] = 1
      } else {
        table.fill(1, 0, bin + 1).fill(0, bin + 1)
        const { hasNan } = bins[feature] as { hasNan: boolean }
        if (hasNan) table[count - 1] = nanLeft ? 1 : 0
      }
    }
  }
}
