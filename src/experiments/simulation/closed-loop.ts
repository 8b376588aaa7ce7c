/**
 * @file The closed loop on a simulated world: serve, click, log, and train again every night. The truth is used by the
 * audience, which clicks, and by the judge; never by the product.
 */

import { atFixedPlace, withPlaces } from '../../ranking/examination/place-feature.ts'
import type { Scorer } from '../../ranking/scorer.ts'
import { type Judgement, judge, logTruth } from './judge.ts'
import type { Learner } from './learners.ts'
import { OBSERVED_FEATURES } from './observed.ts'
import type { SimulationOptions } from './options.ts'
import { FEATURES, openProduct, type Product } from './product.ts'
import { type ServedDay, serveDay } from './serve-day.ts'
import { type TrainingSet, trainingRows } from './training-sets.ts'

/** What one day was like; the judgement is about the ranker that served it. */
export interface SimulatedDay extends Judgement, ServedDay {
  /** From 0. */
  day: number
}

/** Ranks by clicks so far: what there is before anything was learned. */
export const popularityScorer: Scorer = {
  features: OBSERVED_FEATURES,
  score(values, rows, scores) {
    const column = OBSERVED_FEATURES.indexOf('item.clicks')
    for (let row = 0; row < rows; row++) scores[row] = values[row * FEATURES + column]!
  },
}

/**
 * Tells the days one by one; the first is served by popularity.
 *
 * @param set what the ranker is trained on
 */
export async function* runClosedLoop(
  options: SimulationOptions,
  set: TrainingSet,
  learn: Learner,
): AsyncGenerator<SimulatedDay, void> {
  const product = openProduct(options)
  let scorer = popularityScorer
  for (let day = 0; day < options.days; day++) {
    const judgement = judge(product, scorer, day)
    const served = serveDay(product, scorer, day, set === 'inverse-propensity')
    yield { day, ...judgement, ...served }
    if (day + 1 === options.days) return
    if (set === 'truth') logTruth(product, day)
    scorer = (await train(product, set, learn)) ?? scorer
  }
}

/** @returns null while nothing was clicked that could be learned from */
async function train({ log, options }: Product, set: TrainingSet, learn: Learner): Promise<Scorer | null> {
  const { rows, places } = trainingRows(log, set, options)
  if (!rows.labels.includes(1)) return null
  if (set === 'place-as-feature') return atFixedPlace(await learn(withPlaces(rows, places), options.seed))
  return learn(rows, options.seed)
}
