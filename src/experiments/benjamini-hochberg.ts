/** @file Many tests at once: p-values adjusted so that of those called significant at q, a share q at most is false. */

/** Adjusted p-values in the order given (Benjamini and Hochberg 1995): the least q at which each would be called. */
export function adjustForMany(ps: readonly number[]): number[] {
  const order = ps.map((_, k) => k).sort((a, b) => ps[b]! - ps[a]!)
  const adjusted = new Array<number>(ps.length)
  let least = 1
  for (const [place, k] of order.entries()) {
    least = Math.min(least, (ps[k]! * ps.length) / (ps.length - place))
    adjusted[k] = least
  }
  return adjusted
}
