/** @file Lazy exponential decay: a value and the moment for which it holds; nothing is done until it is touched. */

/** What is left of a value after some time, both in the same unit; an infinite half-life forgets nothing. */
export function decayed(value: number, elapsed: number, halfLife: number): number {
  return halfLife === Number.POSITIVE_INFINITY ? value : value * 2 ** (-elapsed / halfLife)
}
