/**
 * @file Weights of training rows that undo how rows came into the log: what was seldom shown, or seldom looked at where it
 * stood, counts more (Horvitz and Thompson 1952; for clicks Joachims et al. 2017). Clipped, since one row must not
 * outweigh all others: that trades variance for bias.
 */

import { examinationAt } from './shown-log.ts'

export interface InverseWeights {
  /** One per row, mean 1. */
  weights: Float32Array
  /** Rows whose weight was cut. */
  clipped: number
}

/**
 * For the policy's choice of what to show: 1 / propensity.
 *
 * @param propensities one per row, of being shown at its place
 * @param clip largest weight before they are scaled to mean 1
 */
export function weightsByPropensity(propensities: ArrayLike<number>, clip: number): InverseWeights {
  return clippedToMeanOne(propensities.length, (row) => 1 / propensities[row]!, clip)
}

/**
 * For position bias: a click at a place that few look at stands for many that were not made; rows without a click keep
 * weight 1, since what was not looked at cannot be told from what was not liked. Exact for pairs of a clicked and another
 * row; for a pointwise loss as long as clicks are rare.
 *
 * @param places one per row, from 0
 * @param clicks one per row
 * @param curve examination by place, relative to the first
 */
export function weightsByExamination(
  places: ArrayLike<number>,
  clicks: ArrayLike<number>,
  curve: Float64Array,
  clip: number,
): InverseWeights {
  return clippedToMeanOne(
    places.length,
    (row) => (clicks[row]! > 0 ? 1 / examinationAt(curve, places[row]!) : 1),
    clip,
  )
}

function clippedToMeanOne(rows: number, weightOf: (row: number) => number, clip: number): InverseWeights {
  const weights = new Float32Array(rows)
  let clipped = 0
  let sum = 0
  for (let row = 0; row < rows; row++) {
    const weight = weightOf(row)
    if (weight > clip) clipped++
    weights[row] = Math.min(clip, weight)
    sum += weights[row]!
  }
  const scale = sum > 0 ? rows / sum : 1
  for (let row = 0; row < rows; row++) weights[row]! *= scale
  return { weights, clipped }
}
