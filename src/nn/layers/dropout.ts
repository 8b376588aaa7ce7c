/** @file Dropout (Srivastava et al. 2014), scaled while training so that serving needs nothing. */

import { multiply } from '../operators/arithmetic.ts'
import { cast, greaterOrEqual } from '../operators/comparison.ts'
import { noise } from '../tensor.ts'
import type { Layer } from './layer.ts'

/**
 * Each value becomes 0 with probability `rate`, independently, or else grows by 1 / (1 − rate). The noise of call k is
 * the input `name/noise/k`.
 *
 * @param rate 0 ≤ rate < 1
 */
export function dropout(name: string, rate: number): Layer {
  let calls = 0
  return (x, training = false) => {
    if (!training || rate === 0) return x
    const isKept = greaterOrEqual(noise(`${name}/noise/${calls++}`, x.shape), rate)
    return multiply(x, multiply(cast(isKept, 'float32'), 1 / (1 - rate)))
  }
}
