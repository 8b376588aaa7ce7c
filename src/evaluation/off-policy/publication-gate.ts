/** @file Decides whether an off-policy estimate may be published, from its weights alone, never from what it says. */

import type { WeightDiagnostics } from './diagnostics.ts'

export interface GateLimits {
  /** Least effective sample size, in rows. */
  effectiveRows: number
  /** Least effective sample size, as a share of the rows. */
  effectiveShare: number
  /** Most distance of the mean weight from 1. */
  meanWeightError: number
}

export const gateDefaults: GateLimits = { effectiveRows: 500, effectiveShare: 0.01, meanWeightError: 0.1 }

/** @returns the reasons to refuse, in sentences; empty when the estimate may be published */
export function refusals(found: WeightDiagnostics, limits: GateLimits = gateDefaults): string[] {
  const { rows, meanWeight, effectiveSampleSize } = found
  const reasons: string[] = []
  if (effectiveSampleSize < limits.effectiveRows) {
    reasons.push(
      `the log is worth ${effectiveSampleSize.toFixed(0)} rows of the policy's own, fewer than ${limits.effectiveRows}`,
    )
  }
  if (effectiveSampleSize < limits.effectiveShare * rows) {
    const share = ((100 * effectiveSampleSize) / rows).toFixed(2)
    reasons.push(`that is ${share} % of its rows, less than ${100 * limits.effectiveShare} %`)
  }
  // Written so that a mean that is no number refuses too.
  if (!(Math.abs(meanWeight - 1) <= limits.meanWeightError)) {
    reasons.push(
      `weights average to ${meanWeight.toFixed(3)}, further than ${limits.meanWeightError} from 1: propensities are ` +
        'wrong, or the policy shows what was never logged',
    )
  }
  return reasons
}
