/** @file Popularity: how often items were touched, old touches fading. */

import type { Dataset, Interactions } from './dataset.ts'

/**
 * Counts distinct touches of items: with a half-life, a touch of age t counts 2^(−t / half-life).
 *
 * @param now ms; the end of the training data
 * @param halfLifeMs Infinity counts all alike, and is the only choice without times
 * @returns one figure per item
 */
export function popularity(
  { length, item, time }: Interactions,
  items: number,
  now: number,
  halfLifeMs: number,
): Float64Array {
  const counts = new Float64Array(items)
  for (let k = 0; k < length; k++) counts[item[k]!]! += touchWeight(time, k, now, halfLifeMs)
  return counts
}

/** What the touch at row k counts. */
export function touchWeight(time: Float64Array | null, k: number, now: number, halfLifeMs: number): number {
  return time && Number.isFinite(halfLifeMs) ? 2 ** (Math.min(0, time[k]! - now) / halfLifeMs) : 1
}

/** Time from the first to the last training interaction, ms; NaN without times. */
export function periodMs({ interactions }: Dataset): number {
  const { time, length } = interactions
  if (!time || length === 0) return Number.NaN
  let first = 0
  // Interactions whose place in time is unknown stand before all others, at −Infinity.
  while (first < length - 1 && !Number.isFinite(time[first]!)) first++
  return time[length - 1]! - time[first]!
}

/** When each item was first touched, ms; NaN for items that never were, and without times. */
export function firstTouches({ length, item, time }: Interactions, items: number): Float64Array {
  const first = new Float64Array(items).fill(Number.NaN)
  if (time) for (let k = length - 1; k >= 0; k--) first[item[k]!] = time[k]!
  return first
}
