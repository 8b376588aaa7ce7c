/** @file What a new ranker must show before it serves: on the newest requests, which taught nobody, it is not worse. */

import { z } from 'zod'
import { listNdcg } from '../data/features/list-ndcg.ts'
import { bootstrap, differenceOf, type Interval, intervalOf } from '../evaluation/bootstrap.ts'
import type { RankRows } from '../ranking/rankers/ranker.ts'

export const gateOptions = z.strictObject({
  /** Of the requests, the newest share that judges instead of teaching. */
  judged: z.number().min(0.05).max(0.5).default(0.2),
  /** Requests with a wanted item that must be among them. */
  leastRequests: z.number().int().min(1).max(1e6).default(100),
  /** The new ranker's NDCG@10 may be lower by so much, at the lower end of the interval. */
  tolerance: z.number().min(0).max(1).default(0.01),
  /** Share of logged feature values that may differ from recomputed ones. */
  skew: z.number().min(0).max(1).default(0.01),
})

export type GateOptions = z.infer<typeof gateOptions>

export interface Comparison {
  /** Requests that judged: those with a wanted item among the shown. */
  requests: number
  users: number
  /** NDCG@10 within the shown lists, with 95 % intervals over users. */
  served: Interval
  candidate: Interval
  difference: Interval
}

const DEPTH = 10
const CONFIDENCE = 0.95

/**
 * Orders the shown items of every request by both scores. Lists that the served ranker chose and ordered favour it: what
 * it did not show cannot be found again. That makes the gate a strict one.
 *
 * @param served score of each row when it was shown
 * @param candidate the new ranker's
 */
export function compareRankings(
  rows: RankRows,
  served: Float32Array,
  candidate: Float32Array,
  seed: number,
): Comparison | null {
  const values: number[] = []
  const unit: number[] = []
  const units = new Map<number, number>()
  for (let request = 0; request + 1 < rows.offsets.length; request++) {
    const [start, end] = [rows.offsets[request], rows.offsets[request + 1]]
    const labels = rows.labels.subarray(start, end)
    if (!labels.some((label) => label > 0)) continue
    values.push(
      listNdcg(labels, served.subarray(start, end), DEPTH),
      listNdcg(labels, candidate.subarray(start, end), DEPTH),
    )
    const user = rows.units[request]
    if (!units.has(user)) units.set(user, units.size)
    unit.push(units.get(user)!)
  }
  if (unit.length === 0) return null
  const options = { resamples: 1000, seed, confidence: CONFIDENCE }
  const drawn = bootstrap(Float64Array.from(values), 2, Uint32Array.from(unit), units.size, options)
  return {
    requests: unit.length,
    users: units.size,
    served: intervalOf(drawn, 0, CONFIDENCE),
    candidate: intervalOf(drawn, 1, CONFIDENCE),
    difference: differenceOf(drawn, 1, 0, CONFIDENCE),
  }
}

/** @returns why the ranker may not serve, in sentences; empty when it may */
export function failedGates(comparison: Comparison | null, skewed: number, options: GateOptions): string[] {
  const failed: string[] = []
  const { leastRequests, tolerance, skew } = options
  if (!comparison || comparison.requests < leastRequests) {
    failed.push(
      `${comparison?.requests ?? 0} judged requests led to something, ${leastRequests} are needed: log more traffic`,
    )
  } else if (comparison.difference.low < -tolerance) {
    const { value, low, high } = comparison.difference
    failed.push(
      `NDCG@10 would change by ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}], and may fall by ${tolerance}`,
    )
  }
  if (skewed > skew) {
    failed.push(
      `${(skewed * 100).toFixed(1)} % of the logged feature values are not what is computed again, ${skew * 100} % may be`,
    )
  }
  return failed
}
