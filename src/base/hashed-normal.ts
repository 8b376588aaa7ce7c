/**
 * @file Standard normal deviates by hash: the one of an item in a request is there without those of the items before it, and
 * is the same in every worker.
 */

import { normalQuantile } from './distributions.ts'

/** So many equally likely deviates stand for the normal distribution; the largest is 4.3. */
const BITS = 16

let quantiles: Float32Array | null = null

/** Made when first asked for: most processes never draw. */
function deviates(): Float32Array {
  if (quantiles) return quantiles
  const count = 2 ** BITS
  const values = new Float32Array(count)
  for (let k = 0; k < count / 2; k++) {
    values[k] = normalQuantile((k + 0.5) / count)
    values[count - 1 - k] = -values[k]!
  }
  quantiles = values
  return quantiles
}

/** @returns a function from a number to its deviate; those of different numbers, and of different seeds, are independent */
export function hashedNormal(seed: number): (number: number) => number {
  const values = deviates()
  const start = mixed(seed ^ 0x6e6f726d)
  return (number) => values[mixed(number ^ start) >>> (32 - BITS)]!
}

/** A bijection of 32-bit integers that leaves no bit as it was (Wellons' triple-free `lowbias32`). */
function mixed(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}
