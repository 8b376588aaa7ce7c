/** @file What a ranker is trained on: its own log, all traffic, all traffic weighed, or randomised traffic alone. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { weightsByPropensity } from '../../ranking/examination/inverse-weights.ts'
import { type ImpressionLog, selectRequests } from './impression-log.ts'

export const TRAINING_SETS = {
  'own-log': 'what the ranker itself showed',
  'place-as-feature': 'the same, with the place as a feature that is fixed at serving',
  'all-traffic': 'what the ranker showed and what was shown in random order, all alike',
  'inverse-propensity': 'the same, each row weighed by its inverse propensity, clipped',
  randomised: 'what was shown in random order, alone',
  truth: 'what people would click on if they looked at everything: no product has it',
} as const

export type TrainingSet = keyof typeof TRAINING_SETS

/**
 * @param ownRequests a sample of so many requests of the ranker's own stands for all: more teach nothing new
 * @param clip largest inverse propensity
 * @returns the rows, and where each stood
 */
export function trainingRows(
  log: ImpressionLog,
  set: TrainingSet,
  { ownRequests, clip }: { ownRequests: number; clip: number },
): { rows: LabelledRows; places: Uint16Array } {
  const isRandomised = (row: number) => log.randomised[row] === 1
  const own = log.starts.reduce((count, row) => count + (isRandomised(row) ? 0 : 1), 0)
  const every = Math.max(1, Math.ceil(own / ownRequests))
  let seen = 0
  const isSampled = () => seen++ % every === 0
  const takesOwn = set !== 'randomised' && set !== 'truth'
  const takesRandomised = set !== 'own-log' && set !== 'place-as-feature'
  const { rows, from } = selectRequests(log, (row) =>
    isRandomised(row) ? takesRandomised : takesOwn && isSampled(),
  )
  const places = Uint16Array.from(from, (row) => log.places[row]!)
  if (set !== 'all-traffic' && set !== 'inverse-propensity') return { rows, places }
  // Each of the sample stands for `every` requests of its kind.
  const weights = Float32Array.from(from, (row) => (isRandomised(row) ? 1 : every))
  if (set === 'inverse-propensity') {
    const propensities = Float64Array.from(from, (row) => log.propensities[row]!)
    const inverse = weightsByPropensity(propensities, clip).weights
    for (let k = 0; k < weights.length; k++) weights[k]! *= inverse[k]!
  }
  return { rows: { ...rows, weights }, places }
}
