/** @file Options of boosted trees, named after LightGBM's parameters, with their ranges, defaults and meanings. */

import { z } from 'zod'
import { InvalidOptionError } from '../../base/errors.ts'
import type { TuneHint } from '../../base/tunable.ts'

/** Searched only where a range worth searching is named. */
const integer = (from: number, to: number, value: number, meaning: string, tune: TuneHint | false = false) =>
  z.number().int().min(from).max(to).default(value).meta({ description: meaning, tune })
const real = (from: number, to: number, value: number, meaning: string, tune: TuneHint | false = false) =>
  z.number().min(from).max(to).default(value).meta({ description: meaning, tune })

export const treeOptionsSchema = z.strictObject({
  objective: z.enum(['logistic', 'squared', 'pairwise', 'lambdamart']).default('logistic').meta({
    description: 'what is minimised; the last two compare the rows of a request with each other',
    tune: false,
  }),
  numIterations: integer(1, 100_000, 100, 'trees at most'),
  learningRate: real(1e-6, 1, 0.1, 'every tree counts for so much', { scale: 'log', from: 0.01, to: 0.3 }),
  numLeaves: integer(2, 4096, 31, 'leaves of a tree at most', { scale: 'log', from: 4, to: 64 }),
  maxDepth: integer(-1, 4096, -1, 'nodes above a leaf at most; ≤ 0 = any'),
  minDataInLeaf: integer(0, 1e9, 20, 'training rows in a leaf at least', {
    scale: 'log',
    from: 10,
    to: 1000,
  }),
  minSumHessianInLeaf: real(0, 1e9, 1e-3, 'Σ hessians in a leaf at least'),
  lambdaL1: real(0, 1e9, 0, 'L1 penalty on leaf values'),
  lambdaL2: real(0, 1e9, 0, 'L2 penalty on leaf values', { from: 0, to: 50 }),
  minGainToSplit: real(0, 1e9, 0, 'a split gains at least so much'),
  maxBin: integer(2, 255, 255, 'bins of a numeric feature at most'),
  minDataInBin: integer(1, 1e9, 3, 'sampled rows in a bin at least'),
  binConstructSampleCnt: integer(1, 1e9, 200_000, 'rows looked at to choose the bins'),
  featureFraction: real(1e-3, 1, 1, 'share of the features that a tree may use', { from: 0.2, to: 1 }),
  baggingFraction: real(1e-3, 1, 1, 'share of the rows that a tree is fitted on'),
  baggingFreq: integer(0, 1e6, 0, 'rows are drawn anew after so many trees; 0 = all rows, always'),
  categoricalFeature: z
    .array(z.string())
    .default([])
    .describe('names of the features that hold category codes'),
  maxCatThreshold: integer(1, 1024, 32, 'categories on the smaller side of a split at most'),
  maxCatToOnehot: integer(1, 1e6, 4, 'up to so many bins, one category is split from the rest'),
  catSmooth: real(0, 1e9, 10, 'categories are ordered by Σg / (Σh + this); rarer ones than this go right'),
  catL2: real(0, 1e9, 10, 'L2 penalty added in splits of ordered categories'),
  minDataPerGroup: integer(
    1,
    1e9,
    100,
    'rows between two places where ordered categories may be cut, at least',
  ),
  monotoneConstraints: z
    .record(z.string(), z.union([z.literal(-1), z.literal(0), z.literal(1)]))
    .default({})
    .describe('by feature name: 1 = the score never falls when the feature grows, −1 = it never rises'),
  lambdarankTruncationLevel: integer(1, 1e6, 30, 'NDCG is optimised up to this rank', {
    scale: 'log',
    from: 5,
    to: 100,
  }),
  lambdarankNorm: z
    .boolean()
    .default(true)
    .meta({ description: 'gradients are normalised within a request', tune: false }),
  metric: z.enum(['auto', 'logloss', 'auc', 'l2', 'ndcg']).default('auto').meta({
    description: 'measured on the validation rows; auto = logloss, l2 or ndcg, after the objective',
    tune: false,
  }),
  evalAt: integer(1, 1e6, 10, 'rank up to which NDCG is measured'),
  earlyStoppingRound: integer(0, 1e6, 0, 'stops after so many trees without a better metric; 0 = never'),
})

export type TreeOptions = z.output<typeof treeOptionsSchema>
export type TreeOptionsInput = z.input<typeof treeOptionsSchema>

/** @throws InvalidOptionError for the first option that is out of range or unknown */
export function parseTreeOptions(input: TreeOptionsInput): TreeOptions {
  const parsed = treeOptionsSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue.path.join('.') || 'options'
  throw new InvalidOptionError(field, valueAt(input, issue.path), issue.message)
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}
