/** @file How much a model rests on each feature. */

import type { TreeModel } from './tree-model.ts'

/** Number of splits, or the sum of their gains. */
export type ImportanceKind = 'split' | 'gain'

/** @returns one per feature */
export function importanceOf(model: TreeModel, kind: ImportanceKind): Float64Array {
  const importance = new Float64Array(model.featureNames.length)
  for (const { splitFeature, splitGain } of model.trees) {
    splitFeature.forEach((feature, node) => {
      importance[feature] += kind === 'gain' ? splitGain[node] : 1
    })
  }
  return importance
}
