/**
 * @file Bootstrap intervals over users (Efron and Tibshirani 1993, percentile method), plain and paired.
 *
 * What is resampled is the unit: a user, or a session with all its clicks, since clicks of one session are not
 * independent. The counts of a replicate are drawn once and shared by all columns (systems × metrics), which makes it
 * fast and makes every difference between two columns a paired one.
 */

import { createRandom } from '../base/random.ts'

export interface BootstrapOptions {
  /** Replicates, at least 1000 for two digits of an interval's end. */
  resamples: number
  seed: number
  /** Share of replicates inside an interval. */
  confidence: number
}

export const bootstrapDefaults: BootstrapOptions = { resamples: 1000, seed: 1, confidence: 0.95 }

/** A mean with its percentile interval. */
export interface Interval {
  value: number
  low: number
  high: number
}

/** Means of all columns in all replicates. */
export interface Replicates {
  /** Length columns: the means over the sample itself. */
  means: Float64Array
  /** Row-major, resamples × columns. */
  replicates: Float64Array
  resamples: number
  columns: number
}

/**
 * Draws the replicates of many columns at once.
 *
 * @param values row-major, tasks × columns
 * @param unit which unit each task belongs to, 0 ≤ unit < units
 * @returns means over tasks: Σ_units count · sum / Σ_units count · tasks
 */
export function bootstrap(
  values: Float64Array,
  columns: number,
  unit: Uint32Array,
  units: number,
  options: BootstrapOptions = bootstrapDefaults,
): Replicates {
  const { resamples, seed } = options
  const { sums, sizes } = sumUnits(values, columns, unit, units)
  const means = new Float64Array(columns)
  for (let u = 0; u < units; u++) for (let c = 0; c < columns; c++) means[c]! += sums[u * columns + c]!
  for (let c = 0; c < columns; c++) means[c]! /= unit.length
  const replicates = new Float64Array(resamples * columns)
  const counts = new Uint16Array(units)
  for (let r = 0; r < resamples; r++) {
    const random = createRandom(seed, r)
    counts.fill(0)
    for (let u = 0; u < units; u++) counts[random.below(units)]!++
    const row = replicates.subarray(r * columns, (r + 1) * columns)
    let tasks = 0
    for (let u = 0; u < units; u++) {
      const count = counts[u]!
      if (count === 0) continue
      tasks += count * sizes[u]!
      const at = u * columns
      for (let c = 0; c < columns; c++) row[c]! += count * sums[at + c]!
    }
    for (let c = 0; c < columns; c++) row[c]! /= tasks
  }
  return { means, replicates, resamples, columns }
}

/** The interval of one column. */
export function intervalOf(drawn: Replicates, column: number, confidence: number): Interval {
  const { means, replicates, resamples, columns } = drawn
  const sample = Float64Array.from({ length: resamples }, (_, r) => replicates[r * columns + column]!)
  return { value: means[column]!, ...percentileInterval(sample, confidence) }
}

/** The interval of `column − other`, paired. */
export function differenceOf(drawn: Replicates, column: number, other: number, confidence: number): Interval {
  const { means, replicates, resamples, columns } = drawn
  const sample = Float64Array.from(
    { length: resamples },
    (_, r) => replicates[r * columns + column]! - replicates[r * columns + other]!,
  )
  return { value: means[column]! - means[other]!, ...percentileInterval(sample, confidence) }
}

/** The quantile by linear interpolation between order statistics (type 7, numpy's default). */
export function quantile(ascending: Float64Array, q: number): number {
  const at = (ascending.length - 1) * q
  const below = Math.floor(at)
  const above = Math.min(below + 1, ascending.length - 1)
  return ascending[below]! + (at - below) * (ascending[above]! - ascending[below]!)
}

/** The ends that leave the same share of replicates outside on either side; sorts the sample. */
export function percentileInterval(sample: Float64Array, confidence: number): { low: number; high: number } {
  sample.sort()
  const outside = (1 - confidence) / 2
  return { low: quantile(sample, outside), high: quantile(sample, 1 - outside) }
}

function sumUnits(values: Float64Array, columns: number, unit: Uint32Array, units: number) {
  const sums = new Float64Array(units * columns)
  const sizes = new Float64Array(units)
  for (let t = 0; t < unit.length; t++) {
    const u = unit[t]!
    sizes[u]!++
    for (let c = 0; c < columns; c++) sums[u * columns + c]! += values[t * columns + c]!
  }
  return { sums, sizes }
}
