/**
 * @file What another ranking would have earned with the lists of the server's own log: those that were shown in random order
 * say how much each order is worth, and the ranking in question is asked how it would have ordered the same items.
 */

import { InvalidFileError } from '../base/errors.ts'
import { topK } from '../base/top-k.ts'
import {
  type EvaluatePolicyOptions,
  evaluateSlates,
  type SlateReport,
} from '../evaluation/off-policy/evaluate-policy.ts'
import { independentPositions } from '../evaluation/off-policy/independent-positions.ts'
import { pseudoInverseWeights, slateWeight } from '../evaluation/off-policy/pseudo-inverse.ts'
import { certainSlate, uniformSlates } from '../evaluation/off-policy/slate-distribution.ts'
import { slateRewards } from '../evaluation/off-policy/slate-log.ts'
import type { LogRows } from './log-rows.ts'

/** Propensities are stored exactly; their inverses round. */
const ROUNDING = 1e-9

/** An item without a score comes last, but it comes. */
const LOWEST = -3e38

/** The randomised lists as estimators of slates read them. */
interface OrderedSlates {
  slots: number
  /** Row-major, lists × slots: where the ranking in question would have put what stood there, from 0. */
  places: Uint32Array
  rewards: Float64Array
  /** One per list: items that were in it. */
  candidates: Uint32Array
}

/**
 * @param scores of the ranking in question, one per row of the log
 * @param slots the first so many places of each list are judged
 * @throws InvalidFileError when no list was shown in an order that was drawn among its own items
 */
export function estimateRanking(
  log: LogRows,
  scores: Float32Array,
  slots: number,
  options: Partial<EvaluatePolicyOptions> & { path: string },
): SlateReport {
  const slates = orderedSlates(log, scores, slots)
  const lists = slates.candidates.length
  if (lists === 0) {
    throw new InvalidFileError(options.path, `has no list of ${slots} items or more in random order`, {
      hint: '`labrador serve --explore 0.05` shows 5 % of the lists so',
    })
  }
  const weights = new Float64Array(lists)
  const byPlace = new Float64Array(slates.places.length)
  const pairWeights = new Map<number, Float64Array>()
  slates.candidates.forEach((candidates, list) => {
    const known =
      pairWeights.get(candidates) ??
      pseudoInverseWeights(uniformSlates(candidates, slots), certainSlate(candidates, slots))
    pairWeights.set(candidates, known)
    const shown = slates.places.subarray(list * slots, (list + 1) * slots)
    weights[list] = slateWeight(known, candidates, shown)
    // Each item was as likely in each place.
    for (let k = 0; k < slots; k++) byPlace[list * slots + k] = shown[k] === k ? candidates : 0
  })
  const slateLog = { slots, shown: slates.places, rewards: slates.rewards }
  const rewards = slateRewards(slateLog)
  return evaluateSlates({ rewards, weights }, independentPositions(slateLog, byPlace), options)
}

function orderedSlates(log: LogRows, scores: Float32Array, slots: number): OrderedSlates {
  const places: number[] = []
  const rewards: number[] = []
  const candidates: number[] = []
  for (let request = 0; request + 1 < log.offsets.length; request++) {
    const [start, end] = [log.offsets[request], log.offsets[request + 1]]
    const length = end - start
    // Where more was drawn from than was shown, other items could have stood here: their scores are not in the log.
    const isOfItsOwn = length > 0 && Math.abs(log.propensities[start] * length - 1) < ROUNDING
    if (log.randomised[request] !== 1 || length < slots || !isOfItsOwn) continue
    const wanted = new Uint32Array(length)
    const known = scores.subarray(start, end).map((score) => (Number.isNaN(score) ? LOWEST : score))
    const order = topK(known, length)
    order.forEach((row, place) => {
      wanted[row] = place
    })
    for (let k = 0; k < slots; k++) {
      places.push(wanted[k])
      rewards.push(log.labels[start + k] > 0 ? 1 : 0)
    }
    candidates.push(length)
  }
  return {
    slots,
    places: Uint32Array.from(places),
    rewards: Float64Array.from(rewards),
    candidates: Uint32Array.from(candidates),
  }
}
