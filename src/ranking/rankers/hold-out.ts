/** @file Takes rows out: of some users (sessions), so that a ranker is validated on people it has not met, or the first of each. */

import { createRandom } from '../../base/random.ts'
import type { RankRows } from './ranker.ts'

/** Stream of the seed. */
const HOLD_OUT = 3

/** Of several periods, the latest one judges alone, and is too small for a fifth of its users to say much. */
const SHARE_OF_LATEST = 0.5

/**
 * Nobody is on both sides. Where there are several periods, the latest judges what the earlier ones taught, as it will be
 * when serving: what only held for a while is not worth learning.
 *
 * @param share of the units that go to `valid`, drawn with the seed; at least half of them where periods differ
 */
export function holdOutUnits(
  rows: RankRows,
  share: number,
  seed: number,
): { train: RankRows; valid: RankRows } {
  const { units, periods } = rows
  const differ = periods?.some((period) => period !== periods[0]) ?? false
  const isLatest = (request: number) => !differ || periods![request] === 0
  const isEarlier = (request: number) => !differ || periods![request] > 0
  const draw = createRandom(seed, HOLD_OUT)
  const isValid = new Map<number, boolean>()
  for (const unit of units) {
    if (!isValid.has(unit))
      isValid.set(unit, draw.float() < (differ ? Math.max(share, SHARE_OF_LATEST) : share))
  }
  const requests = Array.from(units.keys())
  return {
    train: selectRequests(
      rows,
      requests.filter((request) => !isValid.get(units[request]) && isEarlier(request)),
    ),
    valid: selectRequests(
      rows,
      requests.filter((request) => isValid.get(units[request]) && isLatest(request)),
    ),
  }
}

/** The first rows of every request, so many at most. */
export function firstRows(rows: RankRows, most: number): RankRows {
  return selectRequests(rows, Array.from(rows.units.keys()), most)
}

/**
 * The rows of some requests, in the order that is given.
 *
 * @param most rows of each request, the first ones
 */
export function selectRequests(
  rows: RankRows,
  requests: readonly number[],
  most = Number.POSITIVE_INFINITY,
): RankRows {
  const width = rows.names.length
  const offsets = new Uint32Array(requests.length + 1)
  const endOf = (request: number) => Math.min(rows.offsets[request + 1], rows.offsets[request] + most)
  requests.forEach((request, k) => {
    offsets[k + 1] = offsets[k] + endOf(request) - rows.offsets[request]
  })
  const count = offsets[requests.length]
  const gather = (values: Float32Array, columns: number) => {
    const out = new Float32Array(count * columns)
    requests.forEach((request, k) => {
      const part = values.subarray(rows.offsets[request] * columns, endOf(request) * columns)
      out.set(part, offsets[k] * columns)
    })
    return out
  }
  return {
    names: rows.names,
    families: rows.families,
    offsets,
    values: gather(rows.values, width),
    labels: gather(rows.labels, 1),
    ...(rows.weights && { weights: gather(rows.weights, 1) }),
    ...(rows.baseScores && { baseScores: gather(rows.baseScores, 1) }),
    rows: count,
    units: Uint32Array.from(requests, (request) => rows.units[request]),
    ...(rows.periods && { periods: Uint8Array.from(requests, (request) => rows.periods![request]) }),
    relevant: Uint32Array.from(requests, (request) => rows.relevant[request]),
  }
}
