/** @file Scores rows with boosted trees: the results are those of `traverseTrees`, to the last bit. */

import { loadKernel, openKernel } from '../../base/kernel.ts'
import { BLOCK_ROWS, compileTrees } from './compiled-trees.ts'
import type { TreeModel } from './tree-model.ts'

/** A `Scorer` of the ranking floor: raw scores, log-odds for a logistic model. */
export interface TreeScorer {
  readonly features: readonly string[]
  score(values: Float32Array, rows: number, scores: Float32Array): void
}

interface Functions {
  score(
    trees: number,
    count: number,
    values: number,
    rows: number,
    width: number,
    block: number,
    sums: number,
  ): void
}

/** Rows copied into the kernel at a time. */
const CHUNK_ROWS = 512

export function treeScorer(model: TreeModel): TreeScorer {
  const width = model.featureNames.length
  const trees = model.trees.length
  const compiled = compileTrees(model, CHUNK_ROWS)
  const { buffer } = compiled.memory
  const kernel = openKernel<Functions>(loadKernel('tree-scores'), compiled.memory)
  const given = new Float32Array(buffer, compiled.values, CHUNK_ROWS * width)
  const sums = new Float64Array(buffer, compiled.sums, CHUNK_ROWS)
  const divisor = model.averageOutput ? trees : 1
  return {
    features: model.featureNames,
    score(values, rows, scores) {
      for (let from = 0; from < rows; from += CHUNK_ROWS) {
        const count = Math.min(CHUNK_ROWS, rows - from)
        // Rows that fill up the last block hold what was there before; nobody reads their sums.
        const padded = Math.ceil(count / BLOCK_ROWS) * BLOCK_ROWS
        given.set(values.subarray(from * width, (from + count) * width))
        kernel.score(compiled.trees, trees, compiled.values, padded, width, compiled.block, compiled.sums)
        for (let row = 0; row < count; row++) scores[from + row] = sums[row] / divisor
      }
    },
  }
}
