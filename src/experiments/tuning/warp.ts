/** @file Prepares observed values for a Gaussian process, as Vizier does (Song et al. 2024): the better, the finer. */

import { normalQuantile } from '../../base/distributions.ts'

/** How much more a difference at the top counts than one at the bottom. */
const STRETCH = 5

/**
 * Values below the median are replaced by normal quantiles of their ranks on the scale of those above it: what is bad is
 * bad, how bad does not matter. Then differences are stretched towards the best value, and all is standardised. The
 * order stays.
 *
 * @param values at least two
 */
export function warp(values: readonly number[]): Float64Array {
  const warped = softenBadHalf(values)
  const top = warped.reduce((most, value) => Math.max(most, value))
  const range = top - warped.reduce((least, value) => Math.min(least, value))
  if (range === 0) return new Float64Array(values.length)
  return standardise(warped.map((value) => -Math.log(1 + ((STRETCH - 1) * (top - value)) / range)))
}

function softenBadHalf(values: readonly number[]): Float64Array {
  const ascending = Float64Array.from(values).sort()
  const count = ascending.length
  const half = count >> 1
  const median = ascending[half]!
  let squares = 0
  for (let k = half; k < count; k++) squares += (ascending[k]! - median) ** 2
  const scale = Math.sqrt(squares / (count - half))
  const quantiles = new Map<number, number>()
  for (let k = 0; k < half; k++) {
    if (!quantiles.has(ascending[k]!)) quantiles.set(ascending[k]!, normalQuantile((k + 0.5) / count))
  }
  return Float64Array.from(values, (value) =>
    value < median ? median + scale * quantiles.get(value)! : value,
  )
}

function standardise(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / values.length)
  return values.map((value) => (value - mean) / deviation)
}
