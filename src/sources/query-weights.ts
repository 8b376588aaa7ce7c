/** @file How much each item of a request counts: its weight, fading with its place from the end. */

import { z } from 'zod'
import type { ResolvedRequest } from './request.ts'

/** Fading per place from the newest query item; 1 counts all alike. */
export const fadingOption = z
  .number()
  .min(0.01)
  .max(1)
  .meta({ tune: { from: 0.5, to: 1 } })

/** @returns one weight per query item, the newest one's undiminished */
export function fadedWeights(request: ResolvedRequest, fading: number): Float64Array {
  const count = request.items.length
  const weights = new Float64Array(count)
  let factor = 1
  for (let k = count - 1; k >= 0; k--) {
    weights[k] = request.weights[k]! * factor
    factor *= fading
  }
  return weights
}
