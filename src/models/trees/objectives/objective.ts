/** @file What trees minimise: first and second derivatives of a loss by the scores. */

/** What a loss is measured on. */
export interface Targets {
  /** Request r has rows `offsets[r] .. offsets[r + 1])`. */
  readonly offsets: Uint32Array
  readonly labels: Float32Array
  /** One per row; absent = all alike. */
  readonly weights?: Float32Array
}

export interface Objective {
  /** LightGBM's name of it, with its parameters, as it stands in a model file. */
  readonly lightGbmName: string
  /** What `from` and `to` count: rows, or requests whose rows are compared with each other. */
  readonly unit: 'row' | 'request'
  /** What is wrong with a label, or null. */
  labelFault(label: number): string | null
  /** The constant score to start from. */
  startScore(targets: Targets): number
  /** Writes the gradients and hessians of all rows of units [from, to). */
  derive(
    targets: Targets,
    scores: Float64Array,
    from: number,
    to: number,
    gradients: Float32Array,
    hessians: Float32Array,
  ): void
}

/** Weighted mean of the labels. */
export function meanLabel({ labels, weights }: Targets): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < labels.length; row++) {
    const weight = weights ? weights[row] : 1
    sum += weight * labels[row]
    total += weight
  }
  return total > 0 ? sum / total : 0
}
