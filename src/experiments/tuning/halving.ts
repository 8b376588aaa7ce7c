/**
 * @file Asynchronous successive halving (Li et al. 2020, "ASHA"): every configuration is measured on a small share of the
 * data, and the best third of those on the next larger share, until some are measured on all of it.
 */

/** Of those measured on one share, one in so many goes on. */
export const REDUCTION = 3

/** One measurement that has come back. */
export interface Measured {
  trial: number
  /** Number of the share that it was measured on, 0 = the smallest. */
  rung: number
  /** Higher is better. */
  value: number
}

/** Shares of the data, smallest first; the last is all of it. */
export function sharesOf(smallest: number): number[] {
  const shares = [1]
  while (shares[0]! / REDUCTION > smallest * 0.999) shares.unshift(shares[0]! / REDUCTION)
  return shares
}

/**
 * The next trial that has earned a larger share, looking at the largest shares first.
 *
 * @param started trials with each rung that they were sent to, measured or not
 * @returns null when none has
 */
export function promotion(
  measured: readonly Measured[],
  started: readonly { trial: number; rung: number }[],
  rungs: number,
): { trial: number; rung: number } | null {
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const here = measured.filter((result) => result.rung === rung)
    const best = here
      .sort((a, b) => b.value - a.value || a.trial - b.trial)
      .slice(0, Math.floor(here.length / REDUCTION))
    const waiting = best.find(
      ({ trial }) => !started.some((job) => job.trial === trial && job.rung === rung + 1),
    )
    if (waiting) return { trial: waiting.trial, rung: rung + 1 }
  }
  return null
}
