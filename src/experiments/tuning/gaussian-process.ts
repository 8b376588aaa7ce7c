/** @file Gaussian process regression (Rasmussen and Williams 2006, algorithm 2.1): what values to expect at new points. */

import { factorise, solveLower, solveUpper } from '../../base/cholesky.ts'
import { covariance, inverseSquaresOf, type KernelParameters, squaredDistance } from './matern.ts'
import type { Point } from './parameter.ts'

/** Values are taken to have mean 0. */
export class GaussianProcess {
  readonly #points: readonly Point[]
  readonly #isChoice: Uint8Array
  readonly #inverseSquares: Float64Array
  readonly #signal: number
  readonly #factor: Float64Array
  readonly #alpha: Float64Array
  readonly #covariances: Float64Array

  /** @param isChoice 1 for coordinates of which only equality matters */
  constructor(
    points: readonly Point[],
    values: Float64Array,
    isChoice: Uint8Array,
    parameters: KernelParameters,
  ) {
    const n = points.length
    this.#points = points
    this.#isChoice = isChoice
    this.#inverseSquares = inverseSquaresOf(parameters)
    this.#signal = Math.exp(parameters.logSignal)
    this.#factor = covarianceMatrix(points, isChoice, parameters)
    factorise(this.#factor, n)
    this.#alpha = Float64Array.from(values)
    solveLower(this.#factor, n, this.#alpha)
    solveUpper(this.#factor, n, this.#alpha)
    this.#covariances = new Float64Array(n)
  }

  /** Mean and variance of the value without noise. */
  predict(point: Point): { mean: number; variance: number } {
    const n = this.#points.length
    const k = this.#covariances
    let mean = 0
    for (let i = 0; i < n; i++) {
      const squared = squaredDistance(point, this.#points[i]!, this.#isChoice, this.#inverseSquares)
      k[i] = covariance(squared, this.#signal)
      mean += k[i]! * this.#alpha[i]!
    }
    solveLower(this.#factor, n, k)
    let variance = this.#signal
    for (let i = 0; i < n; i++) variance -= k[i]! * k[i]!
    return { mean, variance: Math.max(variance, 1e-12) }
  }
}

/** Lower triangle of the covariances of the observations, noise and a little for rounding on the diagonal. */
export function covarianceMatrix(
  points: readonly Point[],
  isChoice: Uint8Array,
  parameters: KernelParameters,
): Float64Array {
  const n = points.length
  const inverseSquares = inverseSquaresOf(parameters)
  const signal = Math.exp(parameters.logSignal)
  const diagonal = signal * (1 + 1e-8) + Math.exp(parameters.logNoise)
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const squared = squaredDistance(points[i]!, points[j]!, isChoice, inverseSquares)
      matrix[i * n + j] = covariance(squared, signal)
    }
    matrix[i * n + i] = diagonal
  }
  return matrix
}
