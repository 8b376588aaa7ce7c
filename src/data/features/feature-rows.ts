/** @file Features as rows: what a ranker is trained on and what it scores. */

/** Rows of named features, row-major; NaN where a value is missing. */
export interface FeatureRows {
  /** One per column. */
  readonly names: readonly string[]
  /** Row-major, rows × names. */
  readonly values: Float32Array
  readonly rows: number
}

/** Requests with their candidates as rows, and what came of each. */
export interface LabelledRows extends FeatureRows {
  /** Request r has rows `offsets[r] .. offsets[r + 1])`; length requests + 1. */
  readonly offsets: Uint32Array
  /** One per row: 0 = nothing came of it; 1, or a grade, = it was wanted. */
  readonly labels: Float32Array
  /** One per row, ≥ 0; absent = all alike. */
  readonly weights?: Float32Array
  /** One per row: a score that another model gives, to which a fit may add; absent = none. */
  readonly baseScores?: Float32Array
}
