/** @file How far a log can be trusted for a policy: whether weights average to 1, and how many rows they are worth. */

export interface WeightDiagnostics {
  rows: number
  /** 1 in expectation when propensities are right and everything that the policy shows could have been logged. */
  meanWeight: number
  /** Kish's effective sample size (Σw)² / Σw²: rows of the policy's own log that this one is worth. */
  effectiveSampleSize: number
  maxWeight: number
  /**
   * Share of what the policy shows that the logging policy never could: 1 − E[w] where propensities are right, estimated
   * by max(0, 1 − mean w).
   */
  unsupportedMass: number
}

export function diagnoseWeights(weights: Float64Array): WeightDiagnostics {
  let sum = 0
  let squares = 0
  let maxWeight = 0
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!
    sum += weight
    squares += weight * weight
    if (weight > maxWeight) maxWeight = weight
  }
  const meanWeight = weights.length === 0 ? 0 : sum / weights.length
  return {
    rows: weights.length,
    meanWeight,
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
    maxWeight,
    unsupportedMass: Math.max(0, 1 - meanWeight),
  }
}
