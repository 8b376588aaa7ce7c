/**
 * @file The blend: one score per candidate from what the sources said, a calibrated weighted mix.
 *
 * Scores of different sources are not comparable, so each is first divided by the best score of its source within the
 * request; the square root of this share enters the mix, with one weight per source from `fitBlend`. (The logarithm and
 * the share itself did no better beside it or in its place on any public dataset: docs/decisions/004-blend.md.)
 *
 * A candidate that a source did not propose scored below the source's last one: it counts as half of that. Only where
 * the list ended before it was full did the source have nothing to say, and it counts as 0.
 *
 * Where a request has no query item, most sources are silent, and the weights that the others have beside them mean
 * nothing: they are there to correct the silent ones. Such requests have weights of their own.
 */

import { z } from 'zod'
import type { MergedCandidates } from '../sources/candidates.ts'

const modelSchema = z.object({
  version: z.literal(3),
  /** Names of the sources, in the order of the merged candidates' columns. */
  sources: z.array(z.string()).max(32),
  /** Length of list that is asked of each source: the weights hold for lists of this length. */
  asked: z.array(z.number().int().min(1)),
  /** Candidates that no source ranked within its first so many are not considered; their scores only inform. */
  pool: z.number().int().min(1),
  /** One per source. */
  weights: z.array(z.number()),
  /** The same for requests without a query item; where they were not learned, those above. */
  newcomerWeights: z.array(z.number()).optional(),
  /** How it was fitted, for reports: requests, candidates per request, validation figures. */
  fitted: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** Of a former Labrador: all sources were asked for lists of one length. */
const formerModelSchema = modelSchema
  .extend({ version: z.literal(2), asked: z.number().int().min(1) })
  .transform(({ asked, ...model }) => ({
    ...model,
    version: 3 as const,
    asked: model.sources.map(() => asked),
  }))

export const blendModelSchema = z.union([modelSchema, formerModelSchema])

/** Plain JSON: it stands in the snapshot's manifest. */
export type BlendModel = z.infer<typeof modelSchema>

/** How far the sources' lists are read. */
export type ListLengths = Pick<BlendModel, 'asked' | 'pool'>

/** Of a source's last score: what it would have given to a candidate beyond its list. */
const BEYOND_LIST = 0.5
/** Filters take candidates out of lists, so a list counts as full when this share of what was asked is left. */
const FULL_SHARE = 0.5

/**
 * Writes the features of all candidates of a request.
 *
 * @param asked length of list that was asked of each source
 * @param features row-major, candidates × sources, written from the start
 */
export function writeBlendFeatures(
  merged: MergedCandidates,
  sources: number,
  asked: readonly number[],
  features: Float32Array,
): void {
  const { scores } = merged
  const cells = merged.items.length * sources
  for (let source = 0; source < sources; source++) {
    const { scale, beyond } = scaleOf(merged, sources, source, asked[source]!)
    for (let at = source; at < cells; at += sources) {
      const score = scores[at]!
      features[at] = Number.isNaN(score) ? beyond : Math.sqrt(Math.max(0, score) * scale)
    }
  }
}

/** Scores every merged candidate; higher is better, −Infinity outside the pool. */
export function scoreBlend(model: BlendModel, merged: MergedCandidates): Float32Array {
  const sources = model.sources.length
  const features = new Float32Array(merged.items.length * sources)
  writeBlendFeatures(merged, sources, model.asked, features)
  return scoreBlendFeatures(model, merged, features)
}

/** The same, with the features written already. */
export function scoreBlendFeatures(
  model: BlendModel,
  merged: MergedCandidates,
  features: Float32Array,
): Float32Array {
  const rows = merged.items.length
  const sources = model.sources.length
  const scores = new Float32Array(rows)
  for (let row = 0, at = 0; row < rows; row++, at += sources) {
    if (!isInPool(merged, sources, row, model.pool)) {
      scores[row] = Number.NEGATIVE_INFINITY
      continue
    }
    let sum = 0
    for (let source = 0; source < sources; source++) sum += model.weights[source]! * features[at + source]!
    scores[row] = sum
  }
  return scores
}

/** Whether any source ranked the candidate within its first `pool`. */
export function isInPool({ ranks }: MergedCandidates, sources: number, row: number, pool: number): boolean {
  for (let at = row * sources; at < (row + 1) * sources; at++) if (ranks[at]! < pool) return true
  return false
}

/** A blend for data on which nothing can be fitted: all sources alike. */
export function equalBlend(sources: readonly string[], lists: ListLengths): BlendModel {
  return {
    version: 3,
    sources: [...sources],
    ...lists,
    weights: sources.map(() => 1),
    fitted: { requests: 0 },
  }
}

/** The same blend over other columns: weights go with their names, a source that it does not know gets none. */
export function alignBlend(model: BlendModel, sources: readonly string[]): BlendModel {
  const aligned = (weights: readonly number[]) =>
    sources.map((name) => weights[model.sources.indexOf(name)] ?? 0)
  const { weights, newcomerWeights } = model
  return {
    ...model,
    sources: [...sources],
    asked: sources.map((name) => askedFor(model, name)),
    weights: aligned(weights),
    ...(newcomerWeights && { newcomerWeights: aligned(newcomerWeights) }),
  }
}

/** The blend with the weights that hold for a request. */
export function blendFor(model: BlendModel, query: ArrayLike<unknown>): BlendModel {
  return query.length === 0 && model.newcomerWeights ? { ...model, weights: model.newcomerWeights } : model
}

/** Candidates that are asked of a source; of one that the blend does not know, as many as of any other. */
export function askedFor({ sources, asked }: BlendModel, source: string): number {
  return asked[sources.indexOf(source)] ?? Math.max(1, ...asked)
}

/** @returns 1 / the source's best score, and the feature of candidates that it did not propose */
function scaleOf({ scores }: MergedCandidates, sources: number, source: number, asked: number) {
  let proposed = 0
  let best = 0
  let last = Number.POSITIVE_INFINITY
  for (let at = source; at < scores.length; at += sources) {
    const score = scores[at]!
    if (Number.isNaN(score)) continue
    proposed++
    if (score > best) best = score
    if (score < last) last = score
  }
  const scale = best > 0 ? 1 / best : 0
  const isFull = proposed >= asked * FULL_SHARE
  return { scale, beyond: isFull ? Math.sqrt(Math.max(0, last) * BEYOND_LIST * scale) : 0 }
}
