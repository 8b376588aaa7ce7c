/** @file A worker of a fit: encodes values, and takes its part in every tree. */

import { openBarrier } from '../../base/barrier.ts'
import { openKernel } from '../../base/kernel.ts'
import { serveTasks } from '../../base/worker-pool.ts'
import { openEncoder } from './encode.ts'
import { type GrowShared, openGrower } from './grow-tree.ts'
import type { Targets } from './objectives/objective.ts'
import { objectiveOf } from './objectives/registry.ts'
import { leafOf } from './traverse.ts'
import type { RowKernel } from './tree-kernel.ts'
import { gradientsOf, rowNumbersOf } from './tree-memory.ts'
import type { Tree } from './tree-model.ts'

export interface FitShared extends GrowShared {
  targets: Targets
  /** Row-major, rows × features. */
  values: Float32Array
  scores: Float64Array
  /** Validation rows; length 0 without any. */
  validValues: Float32Array
  validScores: Float64Array
  /** The largest gradient and hessian of each thread's rows. */
  largest: Float64Array
  /** How many workers have started: each takes the next number. */
  started: Int32Array
}

export type FitTask =
  | { kind: 'encode'; from: number; to: number }
  /** One for every thread at the same time; `start` goes into the tree's leaves. */
  | { kind: 'grow'; features: Uint32Array; start: number }

/** Leaves rounding errors of sums no chance to reach the sign bit. */
const SUM_BITS = 62
/** Bits of a gradient that survive: more than the 24 of a float32, even of small ones. */
const MOST_SCALE_BITS = 48

serveTasks((shared: FitShared) => {
  const { memory, options, features, targets, values, scores, validValues, validScores, largest } = shared
  const thread = Atomics.add(shared.started, 0, 1)
  const threads = memory.threads.length
  const kernel = openKernel<RowKernel>(shared.kernels.rows, memory.memory)
  const wait = openBarrier(shared.barrier, threads)
  const objective = objectiveOf(options)
  const { gradients, hessians } = gradientsOf(memory)
  const grow = openGrower(shared, thread)
  const encode = openEncoder(kernel, memory, features, thread)
  const rowNumbers = rowNumbersOf(memory)
  const units = new Float64Array(memory.memory.buffer, memory.params, 2)
  const countBits = new Uint32Array(memory.memory.buffer, memory.params + 68, 1)
  const width = features.length
  const firstRow = shareOf(memory.rows, thread)
  const lastRow = shareOf(memory.rows, thread + 1)
  const firstUnit = objective.unit === 'row' ? firstRow : requestAt(targets.offsets, firstRow)
  const lastUnit = objective.unit === 'row' ? lastRow : requestAt(targets.offsets, lastRow)

  function shareOf(count: number, k: number): number {
    return Math.floor((count * k) / threads)
  }

  /** Whole numbers whose sums over all rows still fit 64 bits. */
  function packRows(): void {
    let gradient = 0
    let hessian = 0
    for (let k = 0; k < threads; k++) {
      gradient = Math.max(gradient, largest[2 * k])
      hessian = Math.max(hessian, largest[2 * k + 1])
    }
    const rowBits = Math.ceil(Math.log2(memory.rows + 1))
    const gradientBits = Math.min(MOST_SCALE_BITS, SUM_BITS - rowBits) - bitsOf(gradient)
    const hessianBits = Math.min(MOST_SCALE_BITS, SUM_BITS - 2 * rowBits) - bitsOf(hessian)
    if (thread === 0) {
      units[0] = 2 ** -gradientBits
      units[1] = 2 ** -hessianBits
      countBits[0] = rowBits
    }
    kernel.pack(
      memory.gradients,
      memory.hessians,
      memory.bag,
      firstRow,
      lastRow,
      2 ** gradientBits,
      2 ** hessianBits,
      rowBits,
      memory.packed,
      memory.threads[thread].sums,
    )
  }

  function addToScores(tree: Tree, leaves: readonly { start: number; count: number }[]): void {
    leaves.forEach(({ start, count }, leaf) => {
      const value = tree.leafValue[leaf]
      const to = Math.min(start + count, lastRow)
      for (let at = Math.max(start, firstRow); at < to; at++) scores[rowNumbers[at]] += value
    })
    const to = shareOf(validScores.length, thread + 1)
    for (let row = shareOf(validScores.length, thread); row < to; row++) {
      validScores[row] += tree.leafValue[leafOf(tree, validValues, row * width)]
    }
  }

  return (task: FitTask): Tree | null => {
    if (task.kind === 'encode') {
      encode(values, task.from, task.to)
      return null
    }
    objective.derive(targets, scores, firstUnit, lastUnit, gradients, hessians)
    const rows = rangeOfUnits()
    largest[2 * thread] = largestOf(gradients, rows.from, rows.to)
    largest[2 * thread + 1] = largestOf(hessians, rows.from, rows.to)
    wait()
    packRows()
    const grown = grow(task.features)
    const tree = grown.tree.finish(options.learningRate, 0)
    addToScores(tree, grown.leaves)
    return thread === 0 ? grown.tree.finish(options.learningRate, task.start) : null
  }

  function rangeOfUnits(): { from: number; to: number } {
    if (objective.unit === 'row') return { from: firstRow, to: lastRow }
    return { from: targets.offsets[firstUnit], to: targets.offsets[lastUnit] }
  }
})

/** The first request that starts at or after a row. */
function requestAt(offsets: Uint32Array, row: number): number {
  let low = 0
  let high = offsets.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (offsets[middle] < row) low = middle + 1
    else high = middle
  }
  return low
}

function largestOf(values: Float32Array, from: number, to: number): number {
  let largest = 0
  for (let k = from; k < to; k++) largest = Math.max(largest, Math.abs(values[k]))
  return largest
}

/** Smallest b with value < 2^b; 0 for 0. */
function bitsOf(value: number): number {
  return value > 0 ? Math.floor(Math.log2(value)) + 1 : 0
}
