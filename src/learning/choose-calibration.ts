/** @file Which calibration a ranker gets: the one that says best what came of lists that taught neither it nor the ranker. */

import { type Reliability, reliabilityOf } from '../evaluation/reliability.ts'
import { type Calibration, calibrate } from '../ranking/calibration/calibration.ts'
import { fitIsotonic } from '../ranking/calibration/isotonic.ts'
import { fitPlatt } from '../ranking/calibration/platt.ts'

/** A calibration, and how well its kind did on rows that it was not fitted on. */
export interface ChosenCalibration {
  calibration: Calibration
  judged: Reliability
}

const fits = [fitPlatt, fitIsotonic] as const

/**
 * Each kind is fitted on the older half of the rows and judged on the newer one by its log loss; the better one is fitted
 * again on all.
 *
 * @param scores of rows that did not teach the ranker, oldest first
 * @param labels > 0 where the item was wanted
 * @returns null where a half holds nothing but wanted or unwanted rows, or where no kind says more than the base rate does
 */
export function chooseCalibration(scores: Float32Array, labels: Float32Array): ChosenCalibration | null {
  const wanted = labels.map((label) => (label > 0 ? 1 : 0))
  const half = scores.length >> 1
  if (!isMixed(wanted.subarray(0, half)) || !isMixed(wanted.subarray(half))) return null
  const judged = fits.map((fit) => {
    const predictions = new Float32Array(scores.length - half)
    calibrate(fit(scores.subarray(0, half), wanted.subarray(0, half)), scores.subarray(half), predictions)
    return { fit, judged: reliabilityOf(predictions, wanted.subarray(half)) }
  })
  const best = judged.reduce((a, b) => (b.judged.logLoss < a.judged.logLoss ? b : a))
  if (!(best.judged.normalisedEntropy < 1)) return null
  return { calibration: best.fit(scores, wanted), judged: best.judged }
}

const isMixed = (labels: Float32Array) => labels.includes(0) && labels.includes(1)
