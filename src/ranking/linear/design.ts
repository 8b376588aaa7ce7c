/** @file The design matrix of a linear fit: standardised features, means for missing values, and their indicators. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import type { LinearModel } from './linear-model.ts'

/** Columns are the features in their order, then one indicator for every feature whose absence may tell something. */
export interface Design {
  /** Row-major, rows × width; every column has weighted mean 0 and deviation 1, or is 0 throughout. */
  values: Float32Array
  rows: number
  width: number
  /** The feature whose absence a column beyond the features tells. */
  indicators: number[]
  means: Float64Array
  /** 1 / standard deviation; 0 for a constant column. */
  scales: Float64Array
}

/** A feature that is missing (or there) in fewer rows says nothing by it. */
const LEAST_MISSING = 20
/** Variances below are those of a constant column with rounding. */
const LEAST_VARIANCE = 1e-12

/** @throws RangeError when a value is infinite */
export function designOf({ names, values, rows, weights }: LabelledRows): Design {
  const features = names.length
  const missing = new Uint32Array(features)
  for (let at = 0; at < rows * features; at++) {
    const value = values[at]!
    if (Number.isNaN(value)) missing[at % features]!++
    else if (!Number.isFinite(value)) throw new RangeError(`feature ${names[at % features]} is infinite`)
  }
  const indicators = Array.from(missing.keys()).filter(
    (f) => missing[f]! >= LEAST_MISSING && rows - missing[f]! >= LEAST_MISSING,
  )
  const width = features + indicators.length
  const design: Design = {
    values: new Float32Array(rows * width),
    rows,
    width,
    indicators,
    means: new Float64Array(width),
    scales: new Float64Array(width),
  }
  for (let f = 0; f < features; f++) {
    standardise(design, f, (row) => values[row * features + f]!, weights)
  }
  indicators.forEach((f, k) => {
    standardise(design, features + k, (row) => (Number.isNaN(values[row * features + f]!) ? 1 : 0), weights)
  })
  return design
}

function standardise(design: Design, column: number, read: (row: number) => number, weights?: Float32Array) {
  const { rows, width } = design
  let mass = 0
  let mean = 0
  let squares = 0
  // Welford's update: features such as times have means far larger than their deviations.
  for (let row = 0; row < rows; row++) {
    const weight = weights ? weights[row]! : 1
    const value = read(row)
    if (weight === 0 || Number.isNaN(value)) continue
    mass += weight
    const step = value - mean
    mean += (weight / mass) * step
    squares += weight * step * (value - mean)
  }
  const variance = mass === 0 ? 0 : squares / mass
  const scale = variance <= LEAST_VARIANCE * Math.max(1, mean * mean) ? 0 : 1 / Math.sqrt(variance)
  design.means[column] = mean
  design.scales[column] = scale
  for (let row = 0; row < rows; row++) {
    const value = read(row)
    design.values[row * width + column] = Number.isNaN(value) ? 0 : (value - mean) * scale
  }
}

/** Scores of all rows. */
export function scoreRows({ values, rows, width }: Design, weights: Float64Array, scores: Float64Array) {
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0
    for (let c = 0; c < width; c++, at++) sum += weights[c]! * values[at]!
    scores[row] = sum
  }
}

/** Adds Σ_rows derivative · row to the gradient. */
export function addRows({ values, rows, width }: Design, derivatives: Float64Array, gradient: Float64Array) {
  for (let row = 0; row < rows; row++) {
    const derivative = derivatives[row]!
    if (derivative === 0) continue
    const at = row * width
    for (let c = 0; c < width; c++) gradient[c]! += derivative * values[at + c]!
  }
}

/** The same scores, but from values as they come. */
export function modelOf(
  design: Design,
  names: readonly string[],
  weights: Float64Array,
  intercept: number,
  fitted: LinearModel['fitted'],
): LinearModel {
  const { means, scales, indicators } = design
  const raw = weights.map((weight, c) => weight * scales[c]!)
  const shift = raw.reduce((sum, weight, c) => sum + weight * means[c]!, 0)
  const missing = names.map((_, f) => raw[f]! * means[f]!)
  indicators.forEach((f, k) => {
    missing[f]! += raw[names.length + k]!
  })
  return {
    version: 1,
    kind: 'linear',
    features: [...names],
    weights: Array.from(raw.subarray(0, names.length)),
    missing,
    intercept: intercept - shift,
    fitted,
  }
}
