/** @file What an arm can change in serving, and what the arms of a user change together. */

import { z } from 'zod'
import { InvalidOptionError } from '../base/errors.ts'
import type { Assignment } from './assignment.ts'
import type { Experiment } from './declaration.ts'

export const servingSettings = z.strictObject({
  /** false = the blend alone ranks, as if no ranker were there. */
  ranker: z.boolean().optional(),
  /** Whether the counters' addend comes on top of scores. */
  boost: z.boolean().optional(),
  /** Read by the product itself; the server passes over it. */
  product: z.record(z.string(), z.unknown()).optional(),
})

export type ServingSettings = z.infer<typeof servingSettings>

/** @throws InvalidOptionError naming the setting that the server does not know */
export function requireServable(experiments: readonly Experiment[]): void {
  for (const [e, { arms }] of experiments.entries()) {
    for (const [a, { settings }] of arms.entries()) {
      const parsed = servingSettings.safeParse(settings)
      if (parsed.success) continue
      throw new InvalidOptionError(
        `experiments.${e}.arms.${a}.settings`,
        settings,
        parsed.error.issues[0]!.message,
      )
    }
  }
}

/** Later experiments win, where two change the same. */
export function settingsOf(assignments: readonly Assignment[]): ServingSettings {
  return Object.assign({}, ...assignments.map(({ arm }) => arm.settings)) as ServingSettings
}
