/** @file The constants of the counters, with their ranges and defaults. */

import { z } from 'zod'

export const counterOptions = z.strictObject({
  /** Keys that have counters at most; each costs about 100 bytes. */
  capacity: z.number().int().min(16).max(100_000_000).default(200_000),
  /** Days; null never forgets. */
  halfLives: z.array(z.number().positive().max(36_500).nullable()).min(1).max(8).default([1, 7, null]),
  /** Times that a key comes by before it gets counters. */
  admission: z.number().int().min(1).max(200).default(2),
  /** Expected clicks that the prior, one click per expected click, counts as. */
  smoothing: z
    .number()
    .min(0.01)
    .max(10_000)
    .default(10)
    .meta({ tune: { scale: 'log', from: 1, to: 100 } }),
  /** What each kind of action counts, in clicks; kinds that are not named count nothing. */
  actions: z.record(z.string(), z.number().min(0).max(1000)).default({ click: 1, save: 3, purchase: 5 }),
  /** Of the logarithm of clicks over expected clicks, in the score. */
  weight: z
    .number()
    .min(-100)
    .max(100)
    .default(1)
    .meta({ tune: { scale: 'linear', from: 0, to: 2 } }),
  /** Position of the half-life that the score uses. */
  scoreHalfLife: z.number().int().min(0).max(7).default(1),
  /** All arms of an experiment use the same counters: what one arm learns then helps the others, see the guide. */
  shareArms: z.boolean().default(false),
})

export type CounterOptions = z.infer<typeof counterOptions>
