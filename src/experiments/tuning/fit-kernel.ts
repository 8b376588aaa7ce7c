/** @file Fits the lengths, signal and noise of a Gaussian process to observations: maximum a posteriori by L-BFGS. */

import { factorise, inverse, solveLower, solveUpper } from '../../base/cholesky.ts'
import { minimize } from '../../ranking/lbfgs.ts'
import { covarianceMatrix } from './gaussian-process.ts'
import {
  covariance,
  inverseSquaresOf,
  type KernelParameters,
  lengthDerivative,
  squaredDistance,
} from './matern.ts'
import type { Point } from './parameter.ts'

/** Normal priors of the logarithms: mean and deviation. */
interface Prior {
  mean: number
  deviation: number
}

/** Values are standardised, so the signal is about 1; most objectives have little noise, some much. */
const SIGNAL: Prior = { mean: 0, deviation: 1 }
/** Two choices are another thing until they are seen to be alike. */
const CHOICE: Prior = { mean: -0.7, deviation: 0.5 }
const NOISE: Prior = { mean: -6, deviation: 2 }
const ITERATIONS = 40

/** The more coordinates, the longer: else everything would be far from everything (Hvarfner et al. 2024). */
function lengthPrior(dimensions: number): Prior {
  return { mean: 0.5 * Math.log(dimensions) - 0.7, deviation: 1.2 }
}

/** @param values standardised, beside the points */
export function fitKernel(
  points: readonly Point[],
  values: Float64Array,
  isChoice: Uint8Array,
): KernelParameters {
  const dimensions = isChoice.length
  const priors = [
    ...Array.from(isChoice, (choice) => (choice ? CHOICE : lengthPrior(dimensions))),
    SIGNAL,
    NOISE,
  ]
  const evaluate = (x: Float64Array, gradient: Float64Array) => {
    let value = negativeLogLikelihood(points, values, isChoice, parametersOf(x), gradient)
    priors.forEach(({ mean, deviation }, k) => {
      const z = (x[k]! - mean) / deviation
      value += 0.5 * z * z
      gradient[k]! += z / deviation
    })
    return value
  }
  const start = Float64Array.from(priors, ({ mean }) => mean)
  return parametersOf(minimize(evaluate, start, { iterations: ITERATIONS, tolerance: 1e-2 }))
}

function parametersOf(x: Float64Array): KernelParameters {
  const d = x.length - 2
  return { logLengths: x.slice(0, d), logSignal: x[d]!, logNoise: x[d + 1]! }
}

/**
 * −log p(values | parameters) without its constant, and its gradient by all logarithms in their order (Rasmussen and
 * Williams 2006, equations 2.30 and 5.9); +∞ where rounding spoils the matrix.
 */
export function negativeLogLikelihood(
  points: readonly Point[],
  values: Float64Array,
  isChoice: Uint8Array,
  parameters: KernelParameters,
  gradient: Float64Array,
): number {
  const n = points.length
  const dimensions = isChoice.length
  const factor = covarianceMatrix(points, isChoice, parameters)
  gradient.fill(0)
  if (!factorise(factor, n)) return Number.POSITIVE_INFINITY
  const alpha = Float64Array.from(values)
  solveLower(factor, n, alpha)
  solveUpper(factor, n, alpha)
  let value = 0
  for (let i = 0; i < n; i++) value += 0.5 * values[i]! * alpha[i]! + Math.log(factor[i * n + i]!)

  const precision = inverse(factor, n)
  const inverseSquares = inverseSquaresOf(parameters)
  const signal = Math.exp(parameters.logSignal)
  const noise = Math.exp(parameters.logNoise)
  for (let i = 0; i < n; i++) {
    // The diagonal counts once, pairs twice; the half of the formula is in both factors.
    const own = 0.5 * (precision[i * n + i]! - alpha[i]! * alpha[i]!)
    gradient[dimensions]! += own * signal
    gradient[dimensions + 1]! += own * noise
    for (let j = 0; j < i; j++) {
      const pull = precision[i * n + j]! - alpha[i]! * alpha[j]!
      const squared = squaredDistance(points[i]!, points[j]!, isChoice, inverseSquares)
      const slope = lengthDerivative(squared, signal)
      for (let d = 0; d < dimensions; d++) {
        const step = isChoice[d] ? (points[i]![d] === points[j]![d] ? 0 : 1) : points[i]![d]! - points[j]![d]!
        gradient[d]! += pull * slope * step * step * inverseSquares[d]!
      }
      gradient[dimensions]! += pull * covariance(squared, signal)
    }
  }
  return value
}
