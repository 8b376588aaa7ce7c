/** @file Slates of three from five, drawn by Plackett and Luce's model, whose clicks depend on slot and candidate. */

import { createRandom } from '../../../src/base/random.ts'
import type { SlateLog } from '../../../src/evaluation/off-policy/slate-log.ts'
import { plackettLuce } from '../../../src/ranking/exploration/plackett-luce.ts'

export const SLOTS = 3
export const CANDIDATES = 5
export const loggingScores = Float64Array.of(0.8, 0.4, 0, -0.2, -0.5)
export const targetScores = Float64Array.of(-0.6, 0.2, 0, 0.3, 0.9)

const relevance = [0.2, 0.3, 0.4, 0.5, 0.7]
const examination = [1, 0.6, 0.4]
export const clickRate = (slot: number, candidate: number) => examination[slot]! * relevance[candidate]!

export function logSlates(rows: number, seed: number): SlateLog {
  const random = createRandom(seed, 78)
  const log = {
    slots: SLOTS,
    shown: new Uint32Array(rows * SLOTS),
    rewards: new Float64Array(rows * SLOTS),
  }
  for (let row = 0; row < rows; row++) {
    // Adding Gumbel noise to the scores and sorting draws from the model.
    const order = Array.from(
      loggingScores,
      (score, c) => [score - Math.log(-Math.log(random.float())), c] as const,
    )
    order.sort((a, b) => b[0] - a[0])
    for (let slot = 0; slot < SLOTS; slot++) {
      const candidate = order[slot]![1]
      log.shown[row * SLOTS + slot] = candidate
      log.rewards[row * SLOTS + slot] = random.float() < clickRate(slot, candidate) ? 1 : 0
    }
  }
  return log
}

/** Probability of a slate as the exploration policy states it. */
export function slateProbability(scores: Float64Array, slate: ArrayLike<number>): number {
  const policy = plackettLuce(1, scores.length)
  return policy.conditionals(scores, slate).reduce((product, propensity) => product * propensity, 1)
}
