/**
 * @file The blend: one score per candidate from what the sources said, a calibrated weighted mix.
 *
 * Scores of different sources are not comparable, so each is first divided by the best score of its source within the
 * request (0 where the source did not propose the candidate). Two curves of this share enter the mix: its logarithm,
 * which tells small scores apart from none, and its square root, which tells the best apart from the good. The weights
 * come from `fitBlend`.
 */

import { z } from 'zod'
import type { MergedCandidates } from '../sources/candidates.ts'
import type { ResolvedRequest } from '../sources/request.ts'

/** What a candidate of a source turns into; a blend uses one weight per source and transform. */
export const TRANSFORMS = ['log-score', 'sqrt-score'] as const
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

/** Added to the share of the best score, so that the logarithm of "not proposed" is finite. */
const SCORE_FLOOR = 0.01
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
  const width = blendWidth(sources, transforms)
  for (let source = 0; source < sources; source++) {
    for (let t = 0; t < transforms.length; t++) {
      writeColumn(merged, sources, source, transforms[t]!, features, width, source * transforms.length + t)
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

function writeColumn(
  { items, scores }: MergedCandidates,
  sources: number,
  source: number,
  transform: Transform,
  features: Float32Array,
  width: number,
  column: number,
): void {
  const rows = items.length
  let best = 0
  for (let row = 0; row < rows; row++) best = Math.max(best, scores[row * sources + source]! || 0)
  const scale = best > 0 ? 1 / best : 0
  for (let row = 0; row < rows; row++) {
    const score = scores[row * sources + source]!
    const share = score > 0 ? score * scale : 0
    features[row * width + column] =
      transform === 'log-score' ? Math.log(share + SCORE_FLOOR) : Math.sqrt(share)
  }
}
