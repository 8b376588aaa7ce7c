/** @file Counts relative to their mean: counts grow with the log, and a model is used longer than it was fitted. */

export function meanOf(values: Float32Array): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += values[k]
  return sum / Math.max(1, values.length)
}

/** Logarithm of a count over the mean count, both smoothed by a tenth of the mean; 0 at the mean. */
export function relativeCount(count: number, mean: number): number {
  return mean > 0 ? Math.log((count + 0.1 * mean) / (1.1 * mean)) : 0
}
