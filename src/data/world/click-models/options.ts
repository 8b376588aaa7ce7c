/** @file Click models by name, with their constants. */

import { z } from 'zod'
import type { ClickModel } from './click-model.ts'
import { cascade, dynamicBayesian } from './dynamic-bayesian.ts'
import { positionBased, powerCurve } from './position-based.ts'

export const clickModelOptions = z.discriminatedUnion('model', [
  z.strictObject({
    model: z.literal('position-based'),
    /** Place k, from 1, is looked at with probability k^−steepness. */
    steepness: z.number().min(0).max(5).default(1),
  }),
  z.strictObject({ model: z.literal('cascade') }),
  z.strictObject({
    model: z.literal('dynamic-bayesian'),
    satisfaction: z.number().min(0).max(1).default(0.5),
    continuation: z.number().min(0).max(1).default(0.85),
  }),
])

export type ClickModelOptions = z.infer<typeof clickModelOptions>

/** @param places that a list has at most */
export function createClickModel(options: ClickModelOptions, places: number): ClickModel {
  switch (options.model) {
    case 'position-based':
      return positionBased(powerCurve(places, options.steepness))
    case 'cascade':
      return cascade()
    case 'dynamic-bayesian':
      return dynamicBayesian(options)
  }
}
