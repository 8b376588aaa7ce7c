/** @file Why items were shown: sources, feature values, what each added to the score, propensity, arms, and what came of it. */

import { blendFor } from '../ranking/blend.ts'
import { BOOST } from '../ranking/counters/live-counters.ts'
import { BLEND_SCORE } from '../ranking/features/membership.ts'
import { copyColumns, placesOf } from '../ranking/rankers/columns.ts'
import { rankerNamed } from '../ranking/rankers/registry.ts'
import type { Surface } from '../sources/request.ts'
import type { RequestRecord } from '../store/records.ts'
import type { AnsweredRequest, RequestOutcome } from '../store/request-log.ts'
import { namesOf } from './cascade.ts'
import { BLEND } from './rank.ts'
import { rankerFile, type Snapshot } from './snapshot.ts'

/** Feature of an item that fills up a list from outside the blend's pool: by how much it was lowered to stand below those inside. */
export const BELOW_POOL = 'blend.below-pool'
/** Sums of single-precision numbers differ by less. */
const ROUNDING = 1e-5

export interface ExplainedFeature {
  feature: string
  /** As the ranker saw it; null when it was missing. */
  value: number | null
  /** What it added to the score (SHAP values for trees); null for one that the ranker does not read. */
  contribution: number | null
}

export interface ExplainedItem {
  item: string
  /** From 1. */
  place: number
  score: number
  /** Probability at its place, given the places before it. */
  propensity: number
  sources: string[]
  /** What moved the score most comes first; what the ranker does not read comes last. */
  features: ExplainedFeature[]
  /** Kinds of the events that name the request and the item. */
  outcomes: string[]
}

export interface Explanation {
  request: Omit<RequestRecord, 'shown' | 'query'> & { query: string[] }
  /** What ordered the list: `blend` or the name of a ranker; null when the request's snapshot is gone. */
  ranker: string | null
  /** Score of an item of which nothing is known. */
  base: number
  items: ExplainedItem[]
}

/** What the features of a request added to the scores. */
interface Contributions {
  ranker: string
  base: number
  /** By feature, one per shown item. */
  byFeature: Map<string, Float64Array>
  /** Features with one value for all. */
  fixed: Map<string, number>
}

/** @param snapshot the one that answered; null when it is gone, and contributions stay unknown */
export function explainRequest(
  { request, outcomes }: AnsweredRequest,
  snapshot: Pick<Snapshot, 'blends' | 'rankers'> | null,
): Explanation {
  const { shown, query, ...head } = request
  const contributions = snapshot && contributionsOf(request, snapshot)
  const width = shown.features.length
  // What the ranker was given without its being logged: the place, as it is fixed when serving.
  const fixed = [...(contributions?.fixed ?? [])].filter(([feature]) => !shown.features.includes(feature))
  const lowered = (row: number) => {
    const amount = contributions?.byFeature.get(BELOW_POOL)?.[row] ?? 0
    return amount === 0 ? [] : [[BELOW_POOL, amount] as const]
  }
  return {
    request: { ...head, query: query.items },
    ranker: contributions?.ranker ?? null,
    base: contributions?.base ?? 0,
    items: shown.items.map((item, row) => ({
      item,
      place: row + 1,
      score: shown.scores[row],
      propensity: shown.propensities[row],
      sources: namesOf(shown.sourceMasks[row], shown.sources),
      features: [
        ...shown.features.map((feature, column) => [feature, shown.values[row * width + column]] as const),
        ...fixed,
        ...lowered(row),
      ]
        .map(([feature, value]) => ({
          feature,
          value: finite(value),
          contribution: contributions?.byFeature.get(feature)?.[row] ?? null,
        }))
        .sort(byWeight),
      outcomes: kindsOf(outcomes, item),
    })),
  }
}

function contributionsOf(
  { surface, ranker, query, shown }: RequestRecord,
  { blends, rankers }: Pick<Snapshot, 'blends' | 'rankers'>,
): Contributions | null {
  const model = ranker === BLEND ? undefined : rankers[surface as Surface]
  const rows = shown.items.length
  const width = shown.features.length
  const column = (feature: string) => {
    const at = shown.features.indexOf(feature)
    return Float64Array.from({ length: rows }, (_, row) => (at < 0 ? 0 : shown.values[row * width + at]))
  }
  const byFeature = new Map<string, Float64Array>()
  if (shown.features.includes(BOOST)) byFeature.set(BOOST, Float64Array.from(column(BOOST)))
  if (!model) {
    const found = blends[surface as Surface]
    if (!found) return null
    const blend = blendFor(found, query.items)
    blend.sources.forEach((source, s) => {
      byFeature.set(
        `${source}.share`,
        column(`${source}.share`).map((share) => share * blend.weights[s]),
      )
    })
    byFeature.set(BELOW_POOL, loweredBy(shown.scores, byFeature))
    return { ranker: BLEND, base: 0, byFeature, fixed: new Map() }
  }
  const places = placesOf(model.features, shown.features)
  const missing = Float32Array.from(model.features, (name) => model.fixed[name] ?? Number.NaN)
  const values = new Float32Array(rows * places.length)
  copyColumns(shown.values, width, places, rows, values, missing)
  const explained = rankerNamed(model.ranker).explain(model, rankerFile(surface as Surface))(values, rows)
  model.features.forEach((feature, f) => {
    byFeature.set(
      feature,
      Float64Array.from({ length: rows }, (_, row) => explained.values[row * model.features.length + f]),
    )
  })
  if (model.blendWeight !== 0) {
    const own = byFeature.get(BLEND_SCORE)
    byFeature.set(
      BLEND_SCORE,
      column(BLEND_SCORE).map((score, row) => (own?.[row] ?? 0) + model.blendWeight * score),
    )
  }
  return {
    ranker: model.ranker,
    base: explained.base,
    byFeature,
    fixed: new Map(Object.entries(model.fixed)),
  }
}

/** What is left of each score when everything that was added to it is taken away. */
function loweredBy(scores: Float32Array, byFeature: ReadonlyMap<string, Float64Array>): Float64Array {
  return Float64Array.from(scores, (score, row) => {
    const left = [...byFeature.values()].reduce((rest, added) => rest - added[row], score)
    return Math.abs(left) > ROUNDING ? left : 0
  })
}

const finite = (value: number) => (Number.isFinite(value) ? value : null)

const byWeight = (a: ExplainedFeature, b: ExplainedFeature) =>
  Math.abs(b.contribution ?? -1e-300) - Math.abs(a.contribution ?? -1e-300)

function kindsOf(outcomes: readonly RequestOutcome[], item: string): string[] {
  return [...new Set(outcomes.filter((outcome) => outcome.item === item).map(({ kind }) => kind))]
}
