/**
 * @file The blend: one score per candidate from what the sources said, a calibrated weighted mix.
 *
 * Scores of different sources are not comparable, so each is first divided by the best score of its source within the
 * request. Two curves of this share enter the mix: its logarithm, which tells small scores apart from none, and its
 * square root, which tells the best apart from the good. The weights come from `fitBlend`.
 *
 * A candidate that a source did not propose scored below the source's last one: it counts as half of that. Only where
 * the list ended before it was full did the source have nothing to say, and it counts as 0.
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
  /** Length of list that was asked of every source. */
  asked: z.number().int().min(1),
  /** Candidates that no source ranked within its first so many are not considered; their scores only inform. */
  pool: z.number().int().min(1),
  /** Row-major, sources × transforms. */
  weights: z.array(z.number()),
  /** How it was fitted, for reports: requests, candidates per request, validation figures. */
  fitted: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** Plain JSON: it stands in the snapshot's manifest. */
export type BlendModel = z.infer<typeof blendModelSchema>

/** How far the sources' lists are read. */
export type ListLengths = Pick<BlendModel, 'asked' | 'pool'>

/** Added to the share of the best score, so that the logarithm of "not proposed" is finite. */
const SCORE_FLOOR = 0.01
/** Of a source's last score: what it would have given to a candidate beyond its list. */
const BEYOND_LIST = 0.5
/** Filters take candidates out of lists, so a list counts as full when this share of what was asked is left. */
const FULL_SHARE = 0.5

/** Number of features of a candidate. */
export function blendWidth(sources: number, transforms: readonly Transform[]): number {
  return sources * transforms.length
}

/**
 * Writes the features of all candidates of a request.
 *
 * @param asked length of list that was asked of every source
 * @param features row-major, candidates × (sources × transforms), written from the start
 */
export function writeBlendFeatures(
  merged: MergedCandidates,
  sources: number,
  transforms: readonly Transform[],
  asked: number,
  features: Float32Array,
): void {
  const rows = merged.items.length
  const shares = new Float32Array(rows)
  const width = blendWidth(sources, transforms)
  for (let source = 0; source < sources; source++) {
    const beyond = writeShares(merged, sources, source, asked, shares)
    transforms.forEach((transform, t) => {
      const of = transform === 'log-score' ? logScore : Math.sqrt
      // Most candidates are not among a source's own: their share is the same, and so is what becomes of it.
      const ofBeyond = of(beyond)
      for (let row = 0, at = source * transforms.length + t; row < rows; row++, at += width) {
        const share = shares[row]!
        features[at] = share === beyond ? ofBeyond : of(share)
      }
    })
  }
}

const logScore = (share: number) => Math.log(share + SCORE_FLOOR)

/** Scores every merged candidate; higher is better, −Infinity outside the pool. */
export function scoreBlend(
  model: BlendModel,
  merged: MergedCandidates,
  _request: ResolvedRequest,
): Float32Array {
  const rows = merged.items.length
  const sources = model.sources.length
  const width = blendWidth(sources, model.transforms)
  const features = new Float32Array(rows * width)
  writeBlendFeatures(merged, sources, model.transforms, model.asked, features)
  const scores = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    if (!isInPool(merged, sources, row, model.pool)) {
      scores[row] = Number.NEGATIVE_INFINITY
      continue
    }
    let sum = 0
    for (let f = 0; f < width; f++) sum += model.weights[f]! * features[row * width + f]!
    scores[row] = sum
  }
  return scores
}

/** Whether any source ranked the candidate within its first `pool`. */
export function isInPool({ ranks }: MergedCandidates, sources: number, row: number, pool: number): boolean {
  for (let source = 0; source < sources; source++) if (ranks[row * sources + source]! < pool) return true
  return false
}

/** A blend for data on which nothing can be fitted: all sources alike. */
export function equalBlend(sources: readonly string[], lists: ListLengths): BlendModel {
  const weights = sources.map(() => 1)
  return {
    version: 1,
    sources: [...sources],
    transforms: ['log-score'],
    ...lists,
    weights,
    fitted: { requests: 0 },
  }
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

/**
 * Every candidate's score as a share of the source's best one.
 *
 * @returns the share of those that the source did not propose
 */
function writeShares(
  { items, scores }: MergedCandidates,
  sources: number,
  source: number,
  asked: number,
  shares: Float32Array,
): number {
  const rows = items.length
  let proposed = 0
  let best = 0
  let last = Number.POSITIVE_INFINITY
  for (let row = 0; row < rows; row++) {
    const score = scores[row * sources + source]!
    if (Number.isNaN(score)) continue
    proposed++
    best = Math.max(best, score)
    last = Math.min(last, score)
  }
  const scale = best > 0 ? 1 / best : 0
  const beyond = Math.fround(proposed >= asked * FULL_SHARE ? Math.max(0, last) * BEYOND_LIST * scale : 0)
  for (let row = 0; row < rows; row++) {
    const score = scores[row * sources + source]!
    shares[row] = Number.isNaN(score) ? beyond : Math.max(0, score) * scale
  }
  return beyond
}
