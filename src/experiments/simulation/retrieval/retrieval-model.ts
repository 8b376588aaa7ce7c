/**
 * @file What the simulated product retrieves with: matches of people with labels, and what is left to each item, by where
 * people are from. Of an item the data tell little or much, and the posterior says how much.
 */

import {
  type Exploration,
  type OptimisticSearch,
  openOptimisticSearch,
} from '../../../models/uncertainty/optimistic-search.ts'
import { Evidence, type Posterior, posteriorOf } from '../../../models/uncertainty/posterior.ts'
import { PLACE_FEATURE, withPlaces } from '../../../ranking/examination/place-feature.ts'
import { fitLinear } from '../../../ranking/linear/fit-linear.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from '../../../vectors/vector-matrix.ts'
import type { ImpressionLog } from '../impression-log.ts'
import { trainingRows } from '../training-sets.ts'
import type { Browsed } from './browsed.ts'
import { ORIGIN_DIM } from './match.ts'

/** What is logged of an item in a list: Σ weight · match, and the user. */
export const LOGGED = ['match', 'user'] as const

/** Log odds of a click: intercept + scale · match + place · log(1 + place) + w · origin, w of the item. */
export interface RetrievalModel {
  intercept: number
  scale: number
  posterior: Posterior
}

export interface Known {
  browsed: Browsed
  /** Of what was browsed, without what is left to items. */
  browsedLogOdds: Float32Array
  log: ImpressionLog
  /** users × ORIGIN_DIM. */
  origins: VectorMatrix
  /** E[u uᵀ] of the origins. */
  moment: Float64Array
  items: number
}

/** Of every weight of an item, before anything was seen: what retrieval by the mean does best with (of 0.01 to 1). */
const VARIANCE = 0.03
/** Newton steps of items' weights when nothing is known of them, and every night from where they were. */
const STEPS = { first: 3, nightly: 1 }
const FIT = { method: 'pointwise', iterations: 60, penalty: 1 } as const

/**
 * @param requests that scale and place are fitted on at most; items' weights are made of all that is known
 * @param before yesterday's model, from which items' weights go on; null at first
 */
export function fitRetrieval(known: Known, requests: number, before: RetrievalModel | null): RetrievalModel {
  const { log } = known
  const { rows, places } = trainingRows(log, 'place-as-feature', { ownRequests: requests, clip: 1 })
  let level = 0
  let scale = 1
  let offsets = new Float64Array(0)
  if (rows.labels.includes(1)) {
    const { features, weights, intercept } = fitLinear(withPlaces(rows, places), FIT, 0)
    const weightOf = (name: string) => weights[features.indexOf(name)]!
    level = intercept
    scale = weightOf('match')
    const place = weightOf(PLACE_FEATURE)
    offsets = Float64Array.from(
      { length: log.rows },
      (_, row) => intercept + scale * log.values[row * LOGGED.length]! + place * Math.log1p(log.places[row]!),
    )
  }
  const variances = new Float64Array(ORIGIN_DIM).fill(VARIANCE)
  let posterior = before?.posterior ?? null
  for (let step = 0; step < (before ? STEPS.nightly : STEPS.first); step++)
    posterior = posteriorOf(evidenceOf(known, offsets, posterior), variances, known.moment)
  return { intercept: level, scale, posterior: posterior as Posterior }
}

/** Laplace's approximation around what items' weights are now. */
function evidenceOf(
  { browsed, browsedLogOdds, log, origins, items }: Known,
  offsets: Float64Array,
  now: Posterior | null,
): Evidence {
  const evidence = new Evidence(items, ORIGIN_DIM)
  const add = (user: number, item: number, offset: number, label: number) => {
    const origin = vectorAt(origins, user)
    let own = 0
    if (now) for (let j = 0; j < ORIGIN_DIM; j++) own += now.mean.values[item * ORIGIN_DIM + j]! * origin[j]!
    const probability = 1 / (1 + Math.exp(-offset - own))
    const information = probability * (1 - probability)
    evidence.add(item, origin, information, label - probability + information * own)
  }
  browsed.items.forEach((item, row) => {
    add(browsed.users[row]!, item, browsedLogOdds[row]!, browsed.labels[row]!)
  })
  for (let row = 0; row < offsets.length; row++)
    add(log.values[row * LOGGED.length + 1]!, log.items[row]!, offsets[row]!, log.labels[row]!)
  return evidence
}

/** A morning's items, to be searched by bounds or by draws. */
export interface Retrieval {
  /** Rows are these items, ascending. */
  items: Uint32Array
  /** Length of a query: what somebody makes of labels, then the origin; zeros. */
  dim: number
  search: OptimisticSearch
}

/** @param items that can be shown, ascending */
export function openRetrieval(
  { posterior }: RetrievalModel,
  labels: VectorMatrix,
  items: Uint32Array,
  exploration: Exploration,
): Retrieval {
  const rows = vectorMatrix(items.length, Math.ceil((labels.dim + ORIGIN_DIM) / 8) * 8)
  const sigma = new Float32Array(items.length)
  items.forEach((item, row) => {
    const vector = vectorAt(rows, row)
    vector.set(vectorAt(labels, item))
    vector.set(vectorAt(posterior.mean, item), labels.dim)
    sigma[row] = posterior.sigma[item]!
  })
  return { items, dim: rows.dim, search: openOptimisticSearch(rows, sigma, exploration, items) }
}
