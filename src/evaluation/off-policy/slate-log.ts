/** @file What the estimators for slates read: what stood in which slot, and what came of it. */

/** One row per slate shown; row-major arrays have `slots` numbers a row. */
export interface SlateLog {
  readonly slots: number
  /** Candidate in each slot, numbered within its request. */
  readonly shown: Uint32Array
  /** Reward of each slot (a click there). */
  readonly rewards: Float64Array
}

/** Σ over slots of the rewards of each slate. */
export function slateRewards({ slots, rewards }: SlateLog): Float64Array {
  const sums = new Float64Array(rewards.length / slots)
  for (let at = 0; at < rewards.length; at++) sums[Math.floor(at / slots)]! += rewards[at]!
  return sums
}
