/** @file What a simulated product is made to: its traffic, its lists, its people, and how it learns. */

import { z } from 'zod'
import { InvalidOptionError } from '../../base/errors.ts'
import { clickModelOptions } from '../../data/world/click-models/options.ts'
import { policyOptions } from '../../ranking/exploration/options.ts'

export const simulationOptions = z.strictObject({
  seed: z.number().int().min(0).max(0xffffffff).default(1),
  items: z.number().int().min(50).max(1_000_000).default(4000),
  users: z.number().int().min(10).max(1_000_000).default(3000),
  /** Days that the loop runs; after each the ranker is trained anew. */
  days: z.number().int().min(1).max(365).default(20),
  requestsPerDay: z.number().int().min(10).max(10_000_000).default(10_000),
  /** Clicks that people have made before the loop begins, without any recommender. */
  clicksBefore: z.number().int().min(0).max(100_000_000).default(30_000),
  /** Candidates of a request. */
  candidates: z.number().int().min(2).max(1000).default(50),
  /** Places of a list. */
  places: z.number().int().min(1).max(100).default(10),
  clickModel: clickModelOptions.default({ model: 'position-based', steepness: 1 }),
  /** How much readier people are to click than the world's affinities say. */
  appetite: z.number().min(0.01).max(1000).default(3),
  /** Share of the attraction that each impression of the same subject takes. */
  fatigue: z.number().min(0).max(1).default(0),
  /** Requests shown in random order. */
  share: z.number().min(0).max(1).default(0.01),
  /** How the others are shown. */
  policy: policyOptions.default({ policy: 'ranked' }),
  /** Largest inverse propensity. */
  clip: z.number().min(1).max(1e9).default(100),
  /** Requests of the ranker's own that it is trained on at most. */
  ownRequests: z.number().int().min(10).max(1_000_000).default(10_000),
  /** Requests a day on which rankers are judged by the truth. */
  judged: z.number().int().min(10).max(100_000).default(1000),
})

export type SimulationOptions = z.infer<typeof simulationOptions>

/** @throws InvalidOptionError for the first option that is out of range or unknown */
export function parseSimulationOptions(input: z.input<typeof simulationOptions>): SimulationOptions {
  const parsed = simulationOptions.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue!.path.join('.') || 'options'
  throw new InvalidOptionError(field, input[issue!.path[0] as keyof typeof input], issue!.message)
}
