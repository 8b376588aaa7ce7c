/** @file What every ranker is, whatever learned it: features of candidates in, one score a candidate out. */

/** Scores candidates for one surface. Not re-entrant. */
export interface Scorer {
  /** Columns that it reads, in this order; a caller's rows have exactly these. */
  readonly features: readonly string[]
  /**
   * @param values row-major, rows × features
   * @param scores written from the start, one per row; higher is better
   */
  score(values: Float32Array, rows: number, scores: Float32Array): void
}
