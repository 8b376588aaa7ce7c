/** @file Matérn 5/2 covariance with one length per coordinate (Rasmussen and Williams 2006, equation 4.17). */

import type { Point } from './parameter.ts'

/** Logarithms, so that any value is allowed. */
export interface KernelParameters {
  /** One per coordinate: how far one must go along it until values differ. */
  logLengths: Float64Array
  logSignal: number
  /** Variance of the noise of observations. */
  logNoise: number
}

/** Σ_d (Δ_d / length_d)²; two different choices are 1 apart. */
export function squaredDistance(
  a: Point,
  b: Point,
  isChoice: Uint8Array,
  inverseSquares: Float64Array,
): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) {
    const step = isChoice[d] ? (a[d] === b[d] ? 0 : 1) : a[d]! - b[d]!
    sum += step * step * inverseSquares[d]!
  }
  return sum
}

export function covariance(squared: number, signal: number): number {
  const r = Math.sqrt(5 * squared)
  return signal * (1 + r + (r * r) / 3) * Math.exp(-r)
}

/** Derivative of the covariance by log length_d, divided by (Δ_d / length_d)². */
export function lengthDerivative(squared: number, signal: number): number {
  const r = Math.sqrt(5 * squared)
  return (5 / 3) * signal * (1 + r) * Math.exp(-r)
}

export function inverseSquaresOf({ logLengths }: KernelParameters): Float64Array {
  return logLengths.map((log) => Math.exp(-2 * log))
}
