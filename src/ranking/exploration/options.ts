/** @file Exploration as configured: which policy and its constants, and the share of requests shown in random order. */

import { z } from 'zod'
import { epsilonGreedy } from './epsilon-greedy.ts'
import { plackettLuce } from './plackett-luce.ts'
import type { Policy } from './policy.ts'
import { type RandomisedShare, randomisedShare } from './randomised-share.ts'
import { ranked } from './ranked.ts'
import { thompson } from './thompson.ts'
import { uniform } from './uniform.ts'

/** Only the best so many candidates by score are ever shown: what bounds the cost of exploring. */
const pool = z.number().int().min(1).max(1000).default(100)

export const policyOptions = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('ranked') }),
  z.strictObject({
    policy: z.literal('uniform'),
    /** Absent = as many as are shown. */
    pool: z.number().int().min(1).max(1000).optional(),
  }),
  z.strictObject({
    policy: z.literal('epsilon-greedy'),
    epsilon: z.number().min(0).max(1).default(0.05),
    pool,
  }),
  z.strictObject({
    policy: z.literal('plackett-luce'),
    /** In units of the score. */
    temperature: z
      .number()
      .min(1e-6)
      .max(1e6)
      .default(0.1)
      .meta({ tune: { scale: 'log', from: 0.01, to: 1 } }),
    pool,
  }),
  z.strictObject({
    policy: z.literal('thompson'),
    /** Looks that the prior counts as. */
    strength: z
      .number()
      .min(1)
      .max(1e6)
      .default(50)
      .meta({ tune: { scale: 'log', from: 5, to: 500 } }),
    pool,
  }),
])

export type PolicyOptions = z.infer<typeof policyOptions>

export const explorationOptions = z.strictObject({
  /** Of the requests, shown in uniform random order; which ones is decided by their id. */
  share: z.number().min(0).max(1).default(0.01),
  /** Another salt chooses other requests. */
  salt: z.string().max(100).default('exploration'),
  /** What is shuffled in these requests; absent = the candidates that would be shown. */
  pool: z.number().int().min(1).max(1000).optional(),
  /** How the other requests are shown. */
  otherwise: policyOptions.default({ policy: 'ranked' }),
})

export type ExplorationOptions = z.infer<typeof explorationOptions>

export function createPolicy(options: PolicyOptions): Policy {
  switch (options.policy) {
    case 'ranked':
      return ranked()
    case 'uniform':
      return uniform(options.pool)
    case 'epsilon-greedy':
      return epsilonGreedy(options.epsilon, options.pool)
    case 'plackett-luce':
      return plackettLuce(options.temperature, options.pool)
    case 'thompson':
      return thompson(options.strength, options.pool)
  }
}

/** @param options what is left out takes the declared defaults */
export function createExploration(options: z.input<typeof explorationOptions> = {}): RandomisedShare {
  const { share, salt, pool, otherwise } = explorationOptions.parse(options)
  return randomisedShare(uniform(pool), createPolicy(otherwise), share, salt)
}
