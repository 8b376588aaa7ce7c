/** @file The log of answered requests as rows for rankers: features as they were served, and what came of each item. */

import { hashText } from '../base/id-table.ts'
import { kindWeights, type PositiveRule, positiveWeight } from '../data/positive.ts'
import { BOOST } from '../ranking/counters/live-counters.ts'
import { PLACE_FEATURE } from '../ranking/examination/place-feature.ts'
import type { FeatureFamily } from '../ranking/features/feature-group.ts'
import type { RankRows } from '../ranking/rankers/ranker.ts'
import type { Surface } from '../sources/request.ts'
import { EVENT_KINDS, type RequestRecord } from '../store/records.ts'
import type { AnsweredRequest } from '../store/request-log.ts'
import type { Store } from '../store/store.ts'

export interface LogRowsOptions {
  surface: Surface
  /** Which events say that an item was wanted. */
  positive: PositiveRule
  /** The newest so many requests are looked at: what bounds the memory. */
  requests: number
}

/** Rows beside which stands how they came to be shown. */
export interface LogRows extends RankRows {
  /** One per request, ms since 1970, ascending. */
  readonly times: Float64Array
  /** One per request: 1 = shown in random order. */
  readonly randomised: Uint8Array
  /** One per row, from 0. */
  readonly places: Uint16Array
  /** One per row: probability at its place, given the places before it. */
  readonly propensities: Float64Array
  /** One per row: the score by which it was ranked. */
  readonly served: Float32Array
}

/**
 * Reads the newest requests of a surface in one pass. Features have the names of the newest request; one that an older
 * request was logged without is NaN there.
 *
 * @returns requests in the order of the log, with the place as the last feature
 */
export function readLogRows(store: Store, { surface, positive, requests }: LogRowsOptions): LogRows {
  // What was added to the score after the ranker is none of its features.
  const served = (store.newestRequest(surface)?.request.shown.features ?? []).filter((name) => name !== BOOST)
  const names = [...served, PLACE_FEATURE]
  const columns = growing()
  const weights = kindWeights(positive)
  const from = Math.max(0, store.lastRequestPosition() - requests)
  for (const batch of store.requests(from)) {
    for (const answered of batch.requests) {
      const { request } = answered
      if (request.surface !== surface || request.shown.features.length === 0) continue
      const wanted = wantedOf(answered, weights, positive.minimumRating)
      columns.add(request, served, wanted)
    }
  }
  const families = names.map(() => 'context' as FeatureFamily)
  return { names, families, ...columns.build() }
}

/** Items that a positive event names, and how much it counts. */
function wantedOf({ outcomes }: AnsweredRequest, weights: Float32Array, minimumRating?: number) {
  const wanted = new Map<string, number>()
  for (const { item, kind, value } of outcomes) {
    const weight = positiveWeight(weights, minimumRating, EVENT_KINDS.indexOf(kind), value ?? Number.NaN)
    if (weight > 0) wanted.set(item, Math.max(weight, wanted.get(item) ?? 0))
  }
  return wanted
}

/** Columns that grow request by request. */
function growing() {
  const offsets = [0]
  const values: Float32Array[] = []
  const labels: number[] = []
  const places: number[] = []
  const propensities: number[] = []
  const served: number[] = []
  const units: number[] = []
  const relevant: number[] = []
  const times: number[] = []
  const randomised: number[] = []
  return {
    add(
      { id, user, time, policy, shown }: RequestRecord,
      names: readonly string[],
      wanted: Map<string, number>,
    ) {
      const width = shown.features.length
      const columns = names.map((name) => shown.features.indexOf(name))
      const written = new Float32Array(shown.items.length * (names.length + 1))
      let at = 0
      shown.items.forEach((item, place) => {
        for (const column of columns) {
          written[at++] = column < 0 ? Number.NaN : shown.values[place * width + column]
        }
        written[at++] = Math.log1p(place)
        labels.push(wanted.has(item) ? 1 : 0)
        places.push(place)
        propensities.push(shown.propensities[place])
        served.push(shown.scores[place])
      })
      values.push(written)
      offsets.push(labels.length)
      units.push(hashText(user ?? id))
      relevant.push(wanted.size)
      times.push(time)
      randomised.push(policy === 'uniform' ? 1 : 0)
    },
    build() {
      return {
        offsets: Uint32Array.from(offsets),
        values: concatenated(values),
        labels: Float32Array.from(labels),
        rows: labels.length,
        units: Uint32Array.from(units),
        relevant: Uint32Array.from(relevant),
        times: Float64Array.from(times),
        randomised: Uint8Array.from(randomised),
        places: Uint16Array.from(places),
        propensities: Float64Array.from(propensities),
        served: Float32Array.from(served),
      }
    },
  }
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
