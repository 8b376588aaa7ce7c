/**
 * @file Sample-ratio mismatch: whether as many units arrived in each arm as were sent there (χ² test). A mismatch means
 * that units were lost in one arm and not in the other, and then no difference between the arms means anything.
 */

import { chiSquareTail } from '../base/distributions.ts'

export interface SampleRatio {
  chiSquare: number
  p: number
  /** p is below the limit: do not read the analysis. */
  alarm: boolean
}

/** One false alarm in a thousand experiments. */
export const SAMPLE_RATIO_LIMIT = 0.001

/** @param shares declared, summing to 1, in the order of the counts */
export function checkSampleRatio(counts: readonly number[], shares: readonly number[]): SampleRatio {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let chiSquare = 0
  for (const [arm, count] of counts.entries()) {
    const expected = total * shares[arm]!
    if (expected > 0) chiSquare += (count - expected) ** 2 / expected
  }
  const p = chiSquareTail(chiSquare, counts.length - 1)
  return { chiSquare, p, alarm: p < SAMPLE_RATIO_LIMIT }
}
