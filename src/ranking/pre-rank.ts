/** @file The pre-ranker: the blend's score over all candidates, of which the best go on to the ranker. */

import { topK } from '../base/top-k.ts'
import type { MergedCandidates } from '../sources/candidates.ts'
import type { ResolvedRequest } from '../sources/request.ts'
import { type BlendModel, blendFor, scoreBlendFeatures, writeBlendFeatures } from './blend.ts'
import type { RankingInput } from './features/feature-group.ts'

/** What fills up a list below the pool stands so much below what is before it. */
const BELOW_POOL = 1e-3

/**
 * The best of the blend, best first, with all that the ranker wants to know of them.
 *
 * @param keep at most so many come back
 * @param wanted length of the list: where the pool is shorter, as filters may leave it, candidates from outside fill it up, below
 *   all others and in the blend's order
 */
export function preRank(
  blend: BlendModel,
  merged: MergedCandidates,
  request: ResolvedRequest,
  keep: number,
  wanted = 0,
): RankingInput {
  const sources = blend.sources.length
  const features = new Float32Array(merged.items.length * sources)
  writeBlendFeatures(merged, sources, blend.asked, features)
  const weighted = blendFor(blend, request.items)
  const scores = scoreBlendFeatures(weighted, merged, features)
  const inside = topK(scores, Math.max(keep, wanted))
  const pool = inside.length
  const rows =
    pool < wanted
      ? Uint32Array.of(...inside, ...bestOutside(weighted, merged, features, scores, wanted - pool))
      : inside
  const lowest = pool === 0 ? 0 : scores[inside[pool - 1]]
  return {
    request,
    items: Uint32Array.from(rows, (row) => merged.items[row]),
    blend: Float32Array.from(rows, (row, k) =>
      k < pool ? scores[row] : lowest - BELOW_POOL * (k - pool + 1),
    ),
    shares: gatherRows(features, rows, sources, new Float32Array(rows.length * sources)),
    ranks: gatherRows(merged.ranks, rows, sources, new Uint16Array(rows.length * sources)),
  }
}

/** The rows that have no score, as they would be ordered if they were in the pool. */
function bestOutside(
  blend: BlendModel,
  merged: MergedCandidates,
  features: Float32Array,
  scores: Float32Array,
  count: number,
): Uint32Array {
  const all = scoreBlendFeatures({ ...blend, pool: Number.POSITIVE_INFINITY }, merged, features)
  const outside = all.map((score, row) => (scores[row] > Number.NEGATIVE_INFINITY ? Number.NaN : score))
  return topK(outside, count)
}

/** The rows of an input, in the order that is given. */
export function selectRows(input: RankingInput, rows: Uint32Array): RankingInput {
  const sources = input.items.length === 0 ? 0 : input.shares.length / input.items.length
  return {
    request: input.request,
    arm: input.arm,
    items: Uint32Array.from(rows, (row) => input.items[row]),
    blend: Float32Array.from(rows, (row) => input.blend[row]),
    shares: gatherRows(input.shares, rows, sources, new Float32Array(rows.length * sources)),
    ranks: gatherRows(input.ranks, rows, sources, new Uint16Array(rows.length * sources)),
  }
}

/** Rows of a row-major table, one after the other. */
export function gatherRows<T extends Float32Array | Uint16Array>(
  values: T,
  rows: Uint32Array,
  width: number,
  out: T,
): T {
  rows.forEach((row, k) => {
    out.set(values.subarray(row * width, (row + 1) * width), k * width)
  })
  return out
}
