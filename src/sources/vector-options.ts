/** @file Options of sources whose items are vectors. */

import { z } from 'zod'

/** Length of vectors: whole steps of the kernels that add and multiply them. */
export const dimOption = (value: number, tune: { from: number; to: number }) =>
  z.number().int().min(16).max(512).multipleOf(16).default(value).meta({ tune })
