/** @file How many of several unequal coins come up heads (the Poisson binomial distribution), by convolution. */

/**
 * Probability that exactly `count` of the events happen.
 *
 * @param probabilities one per independent event
 * @param skip position of an event that is left out
 * @param counts work space of count + 1, written over
 */
export function probabilityOfCount(
  probabilities: Float64Array,
  skip: number,
  count: number,
  counts: Float64Array,
): number {
  counts.fill(0)
  counts[0] = 1
  for (let j = 0, seen = 0; j < probabilities.length; j++) {
    if (j === skip) continue
    const happens = probabilities[j]!
    const fails = 1 - happens
    seen++
    for (let c = Math.min(seen, count); c > 0; c--) counts[c] = counts[c]! * fails + counts[c - 1]! * happens
    counts[0]! *= fails
  }
  return counts[count]!
}
