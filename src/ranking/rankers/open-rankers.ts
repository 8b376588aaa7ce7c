/** @file Rankers beside the features that they read: every one gets its columns of the rows that were written once. */

import type { FeatureSet } from '../features/feature-set.ts'
import { BLEND_SCORE } from '../features/membership.ts'
import { copyColumns, placesOf } from './columns.ts'
import type { RankerModel } from './ranker.ts'
import { openRanker } from './registry.ts'

/** Scores rows that hold all features of a set. */
export type RowScorer = (values: Float32Array, rows: number) => Float32Array

/** @param file where the model comes from, for errors */
export function rowScorer(model: RankerModel, features: FeatureSet, file: string): RowScorer {
  const scorer = openRanker(model, file)
  const width = features.names.length
  const places = placesOf(scorer.features, features.names)
  const missing = Float32Array.from(scorer.features, (name) => model.fixed[name] ?? Number.NaN)
  const blendAt = features.names.indexOf(BLEND_SCORE)
  const isWhole = places.length === width && places.every((place, column) => place === column)
  let columns = new Float32Array(0)
  return (values, rows) => {
    const scores = new Float32Array(rows)
    if (isWhole) scorer.score(values, rows, scores)
    else {
      if (columns.length < rows * places.length) columns = new Float32Array(rows * places.length)
      copyColumns(values, width, places, rows, columns, missing)
      scorer.score(columns, rows, scores)
    }
    if (model.blendWeight !== 0) {
      for (let row = 0; row < rows; row++) scores[row] += model.blendWeight * values[row * width + blendAt]
    }
    return scores
  }
}
