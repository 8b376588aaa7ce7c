/** @file Which of the logged requests teach a ranker, and how much each row counts. */

import { z } from 'zod'
import { examinationByRandomisedTraffic } from '../ranking/examination/by-randomised-traffic.ts'
import { weightsByExamination, weightsByPropensity } from '../ranking/examination/inverse-weights.ts'
import { PLACE_FEATURE } from '../ranking/examination/place-feature.ts'
import type { ShownLog } from '../ranking/examination/shown-log.ts'
import { withColumns } from '../ranking/rankers/columns.ts'
import { selectRequests } from '../ranking/rankers/hold-out.ts'
import type { RankRows } from '../ranking/rankers/ranker.ts'
import type { LogRows } from './log-rows.ts'

export const trafficOptions = z.strictObject({
  /** `randomised` is unbiased and small, `all` is large and biased by the policy that served it. */
  traffic: z.enum(['all', 'randomised', 'both']).default('all'),
  /** With `both`: how much a randomised request counts against another one. */
  randomisedWeight: z.number().min(0).max(1000).default(10),
  /**
   * What is done about places: `feature` lets the model explain them away, `examination` weighs clicks by how rarely their
   * place is looked at, `propensity` weighs rows by how unlikely they were to stand there.
   */
  places: z.enum(['feature', 'examination', 'propensity', 'ignored']).default('feature'),
  /** No row counts more than this times the least that it can. */
  clip: z.number().min(1).max(1000).default(20),
})

export type TrafficOptions = z.infer<typeof trafficOptions>

/** Curves from fewer randomised clicks are mostly noise. */
const LEAST_CLICKS = 200

export function trainingTraffic(log: LogRows, options: TrafficOptions): RankRows {
  const rows = weightedByTraffic(log, options)
  const keepPlaces = options.places === 'feature'
  const weighted = { ...rows, weights: weightsOf(rows, options, examinationOf(log)) }
  const taught = keepPlaces ? weighted : withoutPlaces(weighted)
  if (options.traffic !== 'randomised') return taught
  return selectRequests(
    taught,
    Array.from(log.randomised.keys()).filter((request) => log.randomised[request] === 1),
  )
}

/** The place's column is the last one. */
export function withoutPlaces<Rows extends RankRows>(rows: Rows): Rows {
  return { ...rows, ...withColumns(rows, (column) => rows.names[column] !== PLACE_FEATURE) }
}

function weightedByTraffic(log: LogRows, { traffic, randomisedWeight }: TrafficOptions): LogRows {
  if (traffic !== 'both') return log
  const weights = new Float32Array(log.rows)
  for (let request = 0; request + 1 < log.offsets.length; request++) {
    const weight = log.randomised[request] === 1 ? randomisedWeight : 1
    weights.fill(weight, log.offsets[request], log.offsets[request + 1])
  }
  return { ...log, weights }
}

function weightsOf(
  rows: LogRows,
  { places, clip }: TrafficOptions,
  curve: Float64Array | null,
): Float32Array | undefined {
  const inverse =
    places === 'propensity'
      ? weightsByPropensity(rows.propensities, clip).weights
      : places === 'examination' && curve
        ? weightsByExamination(rows.places, rows.labels, curve, clip).weights
        : undefined
  if (!inverse || !rows.weights) return inverse ?? rows.weights
  return inverse.map((weight, row) => weight * rows.weights![row])
}

/** How likely each place is looked at, from the randomised requests; null when they have too few clicks to say. */
export function examinationOf(log: LogRows): Float64Array | null {
  const rows: number[] = []
  for (let request = 0; request + 1 < log.offsets.length; request++) {
    if (log.randomised[request] !== 1) continue
    for (let row = log.offsets[request]; row < log.offsets[request + 1]; row++) rows.push(row)
  }
  const shown: ShownLog = {
    length: rows.length,
    keys: new Uint32Array(rows.length),
    places: Uint16Array.from(rows, (row) => log.places[row]),
    clicks: Uint8Array.from(rows, (row) => (log.labels[row] > 0 ? 1 : 0)),
  }
  const clicks = shown.clicks.reduce((sum, click) => sum + click, 0)
  return clicks < LEAST_CLICKS ? null : examinationByRandomisedTraffic(shown).curve
}
