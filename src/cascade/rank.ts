/** @file The stages after the filters: pre-rank, features, rank, arrange. Says of every shown item how likely it was. */

import { hashText } from '../base/id-table.ts'
import { createRandom } from '../base/random.ts'
import type { BlendModel } from '../ranking/blend.ts'
import { type Calibration, calibrate } from '../ranking/calibration/calibration.ts'
import { BOOST, type LiveCounters, queryOf } from '../ranking/counters/live-counters.ts'
import type { RandomisedShare } from '../ranking/exploration/randomised-share.ts'
import { ranked } from '../ranking/exploration/ranked.ts'
import type { RankingInput } from '../ranking/features/feature-group.ts'
import type { FeatureSet } from '../ranking/features/feature-set.ts'
import { gatherRows, preRank, selectRows } from '../ranking/pre-rank.ts'
import type { RowScorer } from '../ranking/rankers/open-rankers.ts'
import type { MergedCandidates } from '../sources/candidates.ts'
import type { ResolvedRequest } from '../sources/request.ts'

/** How a surface ranks, open. */
export interface OpenRanking {
  blend: BlendModel
  features: FeatureSet
  /** The blend alone ranks when there is none. */
  ranker: { name: string; score: RowScorer; calibration: Calibration | null } | null
  /** Of the blend's best, so many go on to the ranker. */
  ranked: number
  exploration: RandomisedShare | null
  /** What is added to scores where a request asks for it; there are none when rankings are judged on past events. */
  counters?: LiveCounters
}

/** What was shown, first place first. */
export interface RankedList {
  items: Uint32Array
  /** The ranker's, or the blend's where it ranks alone; with the counters' addend where the request was boosted. */
  scores: Float32Array
  /** How likely each is wanted, by the ranker alone; null where it is not calibrated, or does not rank. */
  probabilities: Float32Array | null
  /** Probability of each item at its place, given the places before it. */
  propensities: Float64Array
  /** Name of what ordered the candidates: a ranker, or `blend`. */
  ranker: string
  /** Name of the policy that arranged the list. */
  policy: string
  /** What the ranker saw of them; null when nobody asked for it. */
  recorded: RecordedFeatures | null
}

/** Features of the shown items, bit for bit as the ranker saw them; and BOOST, where there was any. */
export interface RecordedFeatures {
  names: readonly string[]
  /** Row-major, items × names. */
  values: Float32Array
}

/** What decides how a list is arranged, and whether its features are wanted. */
export interface Arrangement {
  limit: number
  /** Decides whether the request explores; a request without an id never does. */
  requestId: string | null
  record: boolean
  /** false = the blend alone ranks: what an experiment's control does without. */
  useRanker: boolean
  /** true = the counters' addend comes on top of the scores. */
  boost: boolean
  /** Stands for the arms that the request is in, whose counters are read; 0 outside of any experiment. */
  arm: number
}

/** Measures a stage. */
export type Timed = <T>(stage: string, work: () => T) => T

/** Stream of the random numbers that arranges lists. */
const EXPLORING = 7
const BEST_FIRST = ranked()
/** Stands for the ranker where the blend ranks alone. */
export const BLEND = 'blend'

export function rankCandidates(
  merged: MergedCandidates,
  request: ResolvedRequest,
  ranking: OpenRanking,
  { limit, requestId, record, useRanker, boost, arm }: Arrangement,
  timed: Timed,
): RankedList {
  const { blend, features, exploration } = ranking
  const counters = boost ? ranking.counters : undefined
  const ranker = useRanker ? ranking.ranker : null
  const width = features.names.length
  const policy = requestId === null || !exploration ? null : exploration.policyFor(requestId)
  const explores = policy !== null && policy.name !== 'ranked'
  const keep = ranker || explores || counters ? ranking.ranked : limit
  const input = timed('blend', () => ({ ...preRank(blend, merged, request, keep, limit), arm }))
  const rows = input.items.length
  const values = ranker
    ? timed('features', () => {
        const written = new Float32Array(rows * width)
        features.write(input, written)
        return written
      })
    : null
  const unboosted = ranker && values ? timed('rank', () => ranker.score(values, rows)) : input.blend
  const addends = counters ? timed('boost', () => addendsOf(input, arm, counters)) : null
  const scores = addends ? unboosted.map((score, row) => score + addends[row]) : unboosted
  return timed('list', () => {
    // Every request draws anew: its own seed is the same for all who ask for a page, and one order for all of them would
    // not be random. The id is logged, so the list can be drawn again.
    const random = createRandom(hashText(requestId ?? ''), EXPLORING)
    const { order, propensities } = (explores ? policy : BEST_FIRST).show(scores, limit, random)
    return {
      items: Uint32Array.from(order, (row) => input.items[row]),
      scores: Float32Array.from(order, (row) => scores[row]),
      probabilities: ranker?.calibration ? probabilitiesOf(ranker.calibration, order) : null,
      propensities,
      ranker: ranker?.name ?? BLEND,
      policy: (explores ? policy : BEST_FIRST).name,
      recorded: record ? recordedOf(order) : null,
    }
  })

  function probabilitiesOf(calibration: Calibration, order: Uint32Array): Float32Array {
    const probabilities = Float32Array.from(order, (row) => unboosted[row])
    calibrate(calibration, probabilities, probabilities)
    return probabilities
  }

  function recordedOf(order: Uint32Array): RecordedFeatures {
    const shown = { names: features.names, values: shownFeatures(order) }
    return addends
      ? withColumn(shown, BOOST, gatherRows(addends, order, 1, new Float32Array(order.length)))
      : shown
  }

  function shownFeatures(order: Uint32Array): Float32Array {
    const shown = new Float32Array(order.length * width)
    if (values) return gatherRows(values, order, width, shown)
    features.write(selectRows(input, order), shown)
    return shown
  }
}

/** What the counters add to the scores. */
function addendsOf({ request, items }: RankingInput, arm: number, { memBoost }: LiveCounters): Float32Array {
  const query = queryOf(request)
  return Float32Array.from(items, (item) => memBoost.addend(arm, query, item, request.time))
}

function withColumn(
  { names, values }: RecordedFeatures,
  name: string,
  column: Float32Array,
): RecordedFeatures {
  const width = names.length + 1
  const wider = new Float32Array(column.length * width)
  column.forEach((value, row) => {
    wider.set(values.subarray(row * names.length, (row + 1) * names.length), row * width)
    wider[(row + 1) * width - 1] = value
  })
  return { names: [...names, name], values: wider }
}
