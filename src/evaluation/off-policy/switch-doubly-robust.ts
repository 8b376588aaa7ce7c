/**
 * @file SWITCH-DR (Wang, Agarwal and Dudík 2017): doubly robust where weights are small, the direct method where they are
 * large, and the place of the switch chosen from the log itself.
 */

import { correctedWhere } from './doubly-robust.ts'
import type { EstimatorTerms } from './estimator.ts'
import type { ModelledLog } from './policy-log.ts'

/** Quantiles of the weights that are tried as thresholds, besides none at all. */
const CANDIDATES = [0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]

/** @param threshold rows with a larger weight are left to the model; chosen from the log when left out */
export function switchDoublyRobust(log: ModelledLog, threshold = chooseThreshold(log)): EstimatorTerms {
  return correctedWhere(log, (weight) => weight <= threshold)
}

/**
 * The threshold with the least estimated mean squared error: the variance of the mean plus the square of the most bias
 * that leaving rows out can bring, Σ over rows above the threshold of w·|largest residual| ÷ n (their equation 9, with the
 * residuals of this log in place of the largest reward).
 */
export function chooseThreshold(log: ModelledLog): number {
  const { rewards, weights, predicted } = log
  const rows = weights.length
  const ascending = Float64Array.from(weights).sort()
  const at = (quantile: number) => ascending[Math.min(rows - 1, Math.floor(quantile * rows))]!
  let largestResidual = 0
  for (let row = 0; row < rows; row++)
    largestResidual = Math.max(largestResidual, Math.abs(rewards[row]! - predicted[row]!))
  let best = Number.POSITIVE_INFINITY
  let least = Number.POSITIVE_INFINITY
  for (const threshold of [Number.POSITIVE_INFINITY, ...CANDIDATES.map(at)]) {
    const { terms } = switchDoublyRobust(log, threshold)
    const error = varianceOfMean(terms) + (largestResidual * meanAbove(weights, threshold)) ** 2
    if (error < least) {
      least = error
      best = threshold
    }
  }
  return best
}

function varianceOfMean(terms: Float64Array): number {
  let mean = 0
  for (let row = 0; row < terms.length; row++) mean += terms[row]! / terms.length
  let squares = 0
  for (let row = 0; row < terms.length; row++) squares += (terms[row]! - mean) ** 2
  return squares / terms.length ** 2
}

function meanAbove(weights: Float64Array, threshold: number): number {
  let sum = 0
  for (let row = 0; row < weights.length; row++) if (weights[row]! > threshold) sum += weights[row]!
  return sum / weights.length
}
