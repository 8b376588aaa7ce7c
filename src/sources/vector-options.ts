/** @file Options of sources whose items are vectors. */

import { z } from 'zod'

/** Whole steps of the kernels that add and multiply vectors. */
export const vectorLength = z.number().int().min(16).max(512).multipleOf(16)

export const dimOption = (value: number, tune: { from: number; to: number }) =>
  vectorLength.default(value).meta({ tune })
