/**
 * @file The leak of counters between the arms of an experiment (Liu et al. 2017, section 4.3): a treatment tries out what the
 * control would never show; where both use the same counters, the control shows what the treatment has found, and the
 * experiment no longer tells what the treatment is worth.
 */

import { createRandom, type Random } from '../../base/random.ts'
import { topK } from '../../base/top-k.ts'
import { expectedClicks } from '../../data/world/click-models/click-model.ts'
import { positionBased, powerCurve } from '../../data/world/click-models/position-based.ts'
import { ANY_QUERY, MemBoost } from '../../ranking/counters/mem-boost.ts'
import { plackettLuce } from '../../ranking/exploration/plackett-luce.ts'
import { ranked } from '../../ranking/exploration/ranked.ts'

/** Who is served, and whose counters: each arm's own, or the same for both. Alone is what would be without the other. */
export type LeakSetting = 'shared' | 'per-arm' | 'control-alone' | 'treatment-alone'

/** Mean expected clicks of a list, by the truth, over the later half of the time; NaN for an arm that is not served. */
export interface LeakOutcome {
  control: number
  treatment: number
}

const ITEMS = 60
const PLACES = 5
const CONTROL = 0
const TREATMENT = 1
/** Of the treatment's softmax over scores in log units. */
const TEMPERATURE = 0.7
/** Appeal of items, uniform between; the old scores know half of its variance. */
const APPEAL = { least: 0.02, most: 0.3 }
const SCORE_NOISE = 0.6

/**
 * Serves requests, to the arms in turn. The control ranks by old scores and counters; the treatment does the same and
 * explores. Each arm has its own stream of chance, so that without a leak it does not notice the other.
 */
export function runCounterLeak(setting: LeakSetting, requests: number, seed: number): LeakOutcome {
  const { appeal, scores } = drawItems(createRandom(seed))
  const randoms = [createRandom(seed, 1), createRandom(seed, 2)] as const
  const policies = [ranked(), plackettLuce(TEMPERATURE, ITEMS)] as const
  const examination = powerCurve(PLACES, 1)
  const clickModel = positionBased(examination)
  const meanAppeal = appeal.reduce((sum, value) => sum + value, 0) / ITEMS
  const counters = new MemBoost({
    halfLives: [null],
    scoreHalfLife: 0,
    admission: 1,
    shareArms: setting === 'shared',
  })
  const boosted = new Float64Array(ITEMS)
  const clicked = new Uint8Array(PLACES)
  const sums = [0, 0]
  const counts = [0, 0]
  for (let request = 0; request < requests; request++) {
    const arm = request % 2 === 0 ? CONTROL : TREATMENT
    if (setting === (arm === CONTROL ? 'treatment-alone' : 'control-alone')) continue
    for (let item = 0; item < ITEMS; item++) {
      boosted[item] = scores[item]! + counters.addend(arm, ANY_QUERY, item, request)
    }
    const { order } = policies[arm].show(boosted, PLACES, randoms[arm])
    clickModel.click(appealOf(appeal, order), randoms[arm], clicked)
    order.forEach((item, place) => {
      counters.impression(arm, ANY_QUERY, item, examination[place]! * meanAppeal, request)
      if (clicked[place]) counters.action(arm, ANY_QUERY, item, 'click', request)
    })
    if (request < requests / 2) continue
    // Judged is what an arm has learned: what it would show without trying out.
    sums[arm]! += expectedClicks(clickModel, appealOf(appeal, topK(boosted, PLACES)))
    counts[arm]!++
  }
  return { control: sums[CONTROL]! / counts[CONTROL]!, treatment: sums[TREATMENT]! / counts[TREATMENT]! }
}

function appealOf(appeal: Float64Array, order: Uint32Array): Float64Array {
  return Float64Array.from(order, (item) => appeal[item]!)
}

function drawItems(random: Random): { appeal: Float64Array; scores: Float64Array } {
  const appeal = new Float64Array(ITEMS)
  const scores = new Float64Array(ITEMS)
  for (let item = 0; item < ITEMS; item++) {
    appeal[item] = APPEAL.least + (APPEAL.most - APPEAL.least) * random.float()
    scores[item] = Math.log(appeal[item]!) + SCORE_NOISE * random.normal()
  }
  return { appeal, scores }
}
