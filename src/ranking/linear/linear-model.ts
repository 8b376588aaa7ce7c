/** @file The linear ranker: a weight per feature, and what a missing value counts instead. */

import { z } from 'zod'
import type { Scorer } from '../scorer.ts'

export const linearModelSchema = z.object({
  version: z.literal(1),
  kind: z.literal('linear'),
  features: z.array(z.string()),
  /** One per feature, of its value as it comes, not standardised. */
  weights: z.array(z.number()),
  /** What a missing value (NaN) adds to the score, one per feature. */
  missing: z.array(z.number()),
  intercept: z.number(),
  /** How it was fitted, for reports. */
  fitted: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** Plain JSON: it stands in a snapshot's manifest. */
export type LinearModel = z.infer<typeof linearModelSchema>

/** Scores are log odds after a pointwise fit; of any other only differences within a request mean something. */
export function openLinear({ features, weights, missing, intercept }: LinearModel): Scorer {
  const width = features.length
  const weightOf = Float64Array.from(weights)
  const missingOf = Float64Array.from(missing)
  return {
    features,
    score(values, rows, scores) {
      for (let row = 0, at = 0; row < rows; row++) {
        let sum = intercept
        for (let f = 0; f < width; f++, at++) {
          const value = values[at]!
          sum += Number.isNaN(value) ? missingOf[f]! : weightOf[f]! * value
        }
        scores[row] = sum
      }
    },
  }
}
