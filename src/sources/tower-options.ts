/** @file Options that the sources with towers share; defaults that differ stand with the source. */

import { z } from 'zod'
import { fadingOption } from './query-weights.ts'

export const dropoutOption = z
  .number()
  .min(0)
  .max(0.9)
  .meta({ tune: { from: 0, to: 0.6 } })

/** Of weights. */
export const rateOption = z
  .number()
  .min(1e-5)
  .max(0.1)
  .meta({ tune: { scale: 'log', from: 1e-4, to: 0.01 } })

/** Of tables of rows. */
export const tableRateOption = z
  .number()
  .min(1e-4)
  .max(1)
  .meta({ tune: { scale: 'log', from: 0.0005, to: 0.05 } })

/** What an item is: a row of its own, and what it is made of. */
export const itemOptions = {
  /** Length of what items are made of: their words and tags; 0 leaves it out. */
  content: z
    .number()
    .int()
    .min(0)
    .max(1024)
    .default(128)
    .meta({ tune: { from: 32, to: 512 } }),
  /** Whether items have rows of their own. */
  ids: z.boolean().default(true).meta({ tune: false }),
  /** Share of items whose row is hidden in training, so that new items can be judged by what they are made of. */
  hiddenIds: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .meta({ tune: { from: 0, to: 0.5 } }),
}

/** Of two towers, whatever likeness they are trained for. */
export const towerOptions = {
  hidden: z.number().int().min(16).max(4096).default(512).meta({ tune: false }),
  dropout: dropoutOption.default(0),
  /**
   * How the vectors of a history become one: their sum over √n; a sum weighted as least squares would (`solved`: what two items
   * say alike counts once); or one in which each item counts by how well it goes with all of them (softmax). Where rows begin as
   * factors attention begins as the sum, and `solved` as implicit ALS. What the items of a request weigh counts in all of them.
   */
  pooling: z.enum(['sum', 'solved', 'attention']).optional(),
  /** Whether rows of items begin as factors of who had what, or at random. */
  pretrained: z.boolean().default(true).meta({ tune: false }),
  /** Chosen on a validation part of the data when left out: the higher, the more the popular is trusted. */
  temperature: z
    .number()
    .min(0.01)
    .max(2)
    .optional()
    .meta({ tune: { scale: 'log', from: 0.05, to: 1 } }),
  logQ: z.boolean().default(true).meta({ tune: false }),
  /** Whether items that nobody in the batch took up are among the candidates. */
  mixedNegatives: z.boolean().default(true).meta({ tune: false }),
  /**
   * Items that each user in a batch is held against besides: so many of those that were taken together most with what the user
   * is asked with, and that the user has not had. They come on top of `candidates`. In their own user's row they are there for
   * certain and count once (log q = 0), in all others as likely as somebody brings them: with `logQ` they make the loss less
   * noisy where it matters, and do not push down what is likely. Nothing changes where a batch ranks the whole catalog anyway.
   */
  hardNegatives: z.number().int().min(0).max(64).default(0).meta({ tune: false }),
  /** Users in a batch; when left out, as many as give small data steps enough. */
  batch: z.number().int().min(8).max(8192).optional(),
  queryItems: z.number().int().min(1).max(2000).default(128).meta({ tune: false }),
  /** Whether what comes later is learned from what came before, or any item from the others. */
  ordered: z.boolean().default(false),
  ...itemOptions,
  epochs: z.number().int().min(1).max(1000).optional(),
  patience: z.number().int().min(1).max(100).default(4).meta({ tune: false }),
  /** Of the network and of the items' rows, chosen together on a validation part of the data where left out. */
  rate: rateOption.optional(),
  tableRate: tableRateOption.optional(),
  fading: fadingOption.default(1),
}

/** What is to be solved with are the factors that rows begin as. */
export const hasWhatSolves = ({
  pooling,
  pretrained,
  ids,
}: {
  pooling?: string
  pretrained: boolean
  ids: boolean
}) => pooling !== 'solved' || (pretrained && ids)

export const NOTHING_SOLVES = {
  path: ['pooling'],
  error: "'solved' needs rows that begin as factors (ids and pretrained)",
}

/** Items that somebody may like, in a batch, and of one user at most. */
export const candidatesOption = z.number().int().min(64).max(65_536).meta({ tune: false })
export const targetsOption = z
  .number()
  .int()
  .min(1)
  .max(256)
  .meta({ tune: { scale: 'log', from: 4, to: 64 } })
