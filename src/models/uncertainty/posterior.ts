/**
 * @file What an item's vector is expected to be, and how sure that is: the last layer of a retrieval model as a Bayesian
 * linear model of its own for every item (Li et al. 2010, LinUCB; for logits with Laplace's approximation, Chapelle and Li
 * 2011).
 *
 *   impression of x by somebody with the vector u:   y = w_x·u + ε,   w_x ~ N(0, Λ⁻¹),  ε ~ N(0, s)
 *   after n of them:   precision A_x = Λ + Σ u uᵀ/s,   mean A_x⁻¹ Σ u y/s,   σ²(u, x) = uᵀ A_x⁻¹ u
 *
 * A scan wants one σ an item: σ_x² = E_u[σ²(u, x)] = tr(A_x⁻¹ E[u uᵀ]), which shrinks with 1/n.
 */

import { factorise, inverse, solveLower, solveUpper } from '../../base/cholesky.ts'
import { InvalidOptionError } from '../../base/errors.ts'
import { sharedFloat32 } from '../../base/shared.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'

/** What impressions said of each item, summed. */
export class Evidence {
  readonly items: number
  readonly dim: number
  /** One dim × dim matrix an item, lower triangle: Σ u uᵀ/s. */
  readonly #information: Float64Array
  /** One vector an item: Σ u y/s. */
  readonly #sums: Float64Array

  constructor(items: number, dim: number) {
    this.items = items
    this.dim = dim
    this.#information = new Float64Array(items * dim * dim)
    this.#sums = new Float64Array(items * dim)
  }

  /**
   * @param user length dim
   * @param known 1/s, what one such impression tells; of a logit p(1 − p)
   * @param value y/s; of a logit (click − p) + p(1 − p) · what w·u was when p was computed
   */
  add(item: number, user: ArrayLike<number>, known: number, value: number): void {
    const { dim } = this
    const row = item * dim * dim
    for (let i = 0; i < dim; i++) {
      const own = user[i]!
      if (own === 0) continue
      this.#sums[item * dim + i]! += value * own
      for (let j = 0; j <= i; j++) this.#information[row + i * dim + j]! += known * own * user[j]!
    }
  }

  /** Copies of an item's sums. */
  of(item: number): { information: Float64Array; sum: Float64Array } {
    const { dim } = this
    return {
      information: this.#information.slice(item * dim * dim, (item + 1) * dim * dim),
      sum: this.#sums.slice(item * dim, (item + 1) * dim),
    }
  }
}

export interface Posterior {
  /** items × dim: what w is expected to be. */
  mean: VectorMatrix
  /** One per item: standard deviation of its score, over the users that there are. */
  sigma: Float32Array
  /** Standard deviation of the score of an item that was never shown. */
  newSigma: number
}

/**
 * @param variances of w before anything was seen, one per dimension, > 0
 * @param moment E[u uᵀ] over users, dim × dim, symmetric
 * @throws InvalidOptionError when a variance is not above 0
 */
export function posteriorOf(
  evidence: Evidence,
  variances: ArrayLike<number>,
  moment: Float64Array,
): Posterior {
  const { items, dim } = evidence
  for (let j = 0; j < dim; j++)
    if (!(variances[j]! > 0)) throw new InvalidOptionError('variances', variances[j], 'variances above 0')
  const mean = vectorMatrix(items, dim)
  const sigma = sharedFloat32(items)
  for (let item = 0; item < items; item++) {
    const { information: precision, sum } = evidence.of(item)
    for (let j = 0; j < dim; j++) precision[j * dim + j]! += 1 / variances[j]!
    factorise(precision, dim)
    sigma[item] = Math.sqrt(traceOf(inverse(precision, dim), moment, dim))
    solveLower(precision, dim, sum)
    solveUpper(precision, dim, sum)
    vectorAt(mean, item).set(sum)
  }
  let unseen = 0
  for (let j = 0; j < dim; j++) unseen += variances[j]! * moment[j * dim + j]!
  return { mean, sigma, newSigma: Math.sqrt(unseen) }
}

/** tr(A B) of symmetric matrices, A by its lower triangle. */
export function traceOf(lower: Float64Array, other: Float64Array, dim: number): number {
  let trace = 0
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < i; j++) trace += 2 * lower[i * dim + j]! * other[i * dim + j]!
    trace += lower[i * dim + i]! * other[i * dim + i]!
  }
  return trace
}

/** E[u uᵀ] of vectors, row-major dim × dim. */
export function secondMoment({ count, dim, values }: VectorMatrix): Float64Array {
  const moment = new Float64Array(dim * dim)
  for (let row = 0; row < count; row++)
    for (let i = 0, at = row * dim; i < dim; i++)
      for (let j = 0; j < dim; j++) moment[i * dim + j]! += (values[at + i]! * values[at + j]!) / count
  return moment
}
