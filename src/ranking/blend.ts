/**
 * @file The blend: one score per candidate from what the sources said, a calibrated weighted mix.
 *
 * Scores of different sources are not comparable, so each source's score is first put on a common scale within the
 * request: ln(score / best score of the source + 0.01), from ln 1.01 for the source's best candidate down to ln 0.01
 * for one that it did not propose. The mix of these logarithms is a product of powers of the scores: a candidate must
 * please many sources, and no single one can carry it. Its weights come from `fitBlend`.
 */

import { z } from 'zod'
import type { MergedCandidates } from '../sources/candidates.ts'
import { NOT_PROPOSED } from '../sources/merge.ts'
import type { ResolvedRequest } from '../sources/request.ts'

/** What a candidate of a source turns into; a blend uses one weight per source and transform. */
export const TRANSFORMS = ['log-score', 'log-rank'] as const
export type Transform = (typeof TRANSFORMS)[number]

export const blendModelSchema = z.object({
  version: z.literal(1),
  /** Names of the sources, in the order of the merged candidates' columns. */
  sources: z.array(z.string()).max(32),
  transforms: z.array(z.enum(TRANSFORMS)),
  /** Row-major, sources × transforms. */
  weights: z.array(z.number()),
  /** How it was fitted, for reports: requests, candidates per request, validation figures. */
  fitted: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** Plain JSON: it stands in the snapshot's manifest. */
export type BlendModel = z.infer<typeof blendModelSchema>

/** Added to a score that was divided by its source's best, so that the logarithm of "not proposed" is finite. */
const SCORE_FLOOR = 0.01
/** Ranks nearer to each other than this are about equal (reciprocal rank fusion uses 60 for much longer lists). */
const RANK_SMOOTHING = 10
/** The rank that stands for "not proposed". */
const RANK_CAP = 1000

/** Number of features of a candidate. */
export function blendWidth(sources: number, transforms: readonly Transform[]): number {
  return sources * transforms.length
}

/**
 * Writes the features of all candidates of a request.
 *
 * @param features row-major, candidates × (sources × transforms), written from the start
 */
export function writeBlendFeatures(
  merged: MergedCandidates,
  sources: number,
  transforms: readonly Transform[],
  features: Float32Array,
): void {
  const rows = merged.items.length
  const width = blendWidth(sources, transforms)
  for (let source = 0; source < sources; source++) {
    for (let t = 0; t < transforms.length; t++) {
      const write = transforms[t] === 'log-score' ? writeLogScores : writeLogRanks
      write(merged, sources, source, features, width, source * transforms.length + t, rows)
    }
  }
}

/** Scores every merged candidate; higher is better. */
export function scoreBlend(
  model: BlendModel,
  merged: MergedCandidates,
  _request: ResolvedRequest,
): Float32Array {
  const rows = merged.items.length
  const sources = model.sources.length
  const width = blendWidth(sources, model.transforms)
  const features = new Float32Array(rows * width)
  writeBlendFeatures(merged, sources, model.transforms, features)
  const scores = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let f = 0; f < width; f++) sum += model.weights[f]! * features[row * width + f]!
    scores[row] = sum
  }
  return scores
}

/** A blend for data on which nothing can be fitted: all sources alike. */
export function equalBlend(sources: readonly string[]): BlendModel {
  const weights = sources.map(() => 1)
  return { version: 1, sources: [...sources], transforms: ['log-score'], weights, fitted: { requests: 0 } }
}

/** The same blend over other columns: weights go with their names, a source that it does not know gets none. */
export function alignBlend(model: BlendModel, sources: readonly string[]): BlendModel {
  const width = model.transforms.length
  const weights = sources.flatMap((name) => {
    const at = model.sources.indexOf(name)
    return model.transforms.map((_, t) => (at < 0 ? 0 : model.weights[at * width + t]!))
  })
  return { ...model, sources: [...sources], weights }
}

type WriteColumn = (
  merged: MergedCandidates,
  sources: number,
  source: number,
  features: Float32Array,
  width: number,
  column: number,
  rows: number,
) => void

const writeLogScores: WriteColumn = ({ scores }, sources, source, features, width, column, rows) => {
  let best = 0
  for (let row = 0; row < rows; row++)
    if (scores[row * sources + source]! > best) best = scores[row * sources + source]!
  const scale = best > 0 ? 1 / best : 0
  for (let row = 0; row < rows; row++) {
    const score = scores[row * sources + source]!
    features[row * width + column] = Math.log(SCORE_FLOOR + (score > 0 ? score * scale : 0))
  }
}

const writeLogRanks: WriteColumn = ({ ranks }, sources, source, features, width, column, rows) => {
  for (let row = 0; row < rows; row++) {
    const rank = ranks[row * sources + source]!
    features[row * width + column] = -Math.log(
      RANK_SMOOTHING + (rank === NOT_PROPOSED ? RANK_CAP : Math.min(rank, RANK_CAP)),
    )
  }
}
