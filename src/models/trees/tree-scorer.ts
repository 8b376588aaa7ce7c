/** @file Scores rows with boosted trees. */

import { traverseTrees } from './traverse.ts'
import type { TreeModel } from './tree-model.ts'

/** A `Scorer` of the ranking floor: raw scores, log-odds for a logistic model. */
export interface TreeScorer {
  readonly features: readonly string[]
  score(values: Float32Array, rows: number, scores: Float32Array): void
}

export function treeScorer(model: TreeModel): TreeScorer {
  return {
    features: model.featureNames,
    score: (values, rows, scores) => traverseTrees(model, values, rows, scores),
  }
}
