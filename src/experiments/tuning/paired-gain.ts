/** @file How much better the same requests were answered after a change, with an interval. */

import { bootstrap, bootstrapDefaults, differenceOf, type Interval } from '../../evaluation/bootstrap.ts'

export interface PairedGain {
  /** Means over the requests. */
  before: number
  after: number
  /** After less before, bootstrap over units. */
  difference: Interval
}

/**
 * @param before metric per request
 * @param unit user (or session) of every request, dense from 0
 */
export function pairedGain(before: Float64Array, after: Float64Array, unit: Uint32Array): PairedGain {
  const values = new Float64Array(2 * before.length)
  before.forEach((value, k) => {
    values[2 * k] = after[k]!
    values[2 * k + 1] = value
  })
  const units = unit.reduce((most, one) => Math.max(most, one), 0) + 1
  const drawn = bootstrap(values, 2, unit, units)
  const difference = differenceOf(drawn, 0, 1, bootstrapDefaults.confidence)
  return { before: drawn.means[1]!, after: drawn.means[0]!, difference }
}
