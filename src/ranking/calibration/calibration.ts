/**
 * @file Calibration: turns a ranker's score into a probability that means what it says, without changing the order.
 *
 * Fit it on rows that the ranker was not trained on: on its own training rows it is surer than it should be.
 */

import { z } from 'zod'
import { isotonicProbability, isotonicSchema } from './isotonic.ts'
import { plattProbability, plattSchema } from './platt.ts'

/** Plain JSON: it stands in the snapshot's manifest. */
export const calibrationSchema = z.discriminatedUnion('kind', [plattSchema, isotonicSchema])
export type Calibration = z.infer<typeof calibrationSchema>

/** @param probabilities written from the start, one per score; may be the scores' own array */
export function calibrate(calibration: Calibration, scores: Float32Array, probabilities: Float32Array): void {
  for (let row = 0; row < scores.length; row++) probabilities[row] = calibrated(calibration, scores[row]!)
}

function calibrated(calibration: Calibration, score: number): number {
  return calibration.kind === 'platt'
    ? plattProbability(calibration, score)
    : isotonicProbability(calibration, score)
}
