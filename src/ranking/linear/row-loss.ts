/** @file What linear fits minimise: a function of the rows' scores, with its derivatives. */

/** A loss over all rows of a training set, convex in the scores. */
export interface RowLoss {
  /** Sum of the weights of what is counted: rows, or wanted rows; the penalty is measured against it. */
  readonly mass: number
  /** Whether a constant added to all scores matters. */
  readonly hasIntercept: boolean
  /**
   * @param scores one per row
   * @param derivatives written, one per row
   * @returns the loss
   */
  evaluate(scores: Float64Array, derivatives: Float64Array): number
}

/** log(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))
}

/** 1 / (1 + e^−x). */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
