/** @file Mean NDCG@k of rows ranked by score: the metric that coordinate ascent climbs. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'

/**
 * Prepares the metric for many evaluations over the same rows. Gains are (2^label − 1) · weight; requests in which
 * nothing was wanted do not count. Equal scores stand in the worst order, so that a constant score earns nothing.
 *
 * @returns the mean over requests for scores, one per row
 */
export function ndcgOf(
  { rows, offsets, labels, weights }: LabelledRows,
  cutoff: number,
): (scores: Float64Array) => number {
  const gains = Float64Array.from({ length: rows }, (_, row) => {
    return (2 ** labels[row]! - 1) * (weights ? weights[row]! : 1)
  })
  const requests: { from: number; to: number; wanted: Uint32Array; ideal: number }[] = []
  for (let request = 0; request + 1 < offsets.length; request++) {
    const from = offsets[request]!
    const to = offsets[request + 1]!
    const wanted = Uint32Array.from({ length: to - from }, (_, k) => from + k).filter(
      (row) => gains[row]! > 0,
    )
    if (wanted.length === 0) continue
    const best = Float64Array.from(wanted, (row) => gains[row]!)
      .sort()
      .reverse()
    const ideal = best.subarray(0, cutoff).reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0)
    requests.push({ from, to, wanted, ideal })
  }

  /** Rows of the request before this one; stops counting at the cutoff. */
  function rankOf(row: number, from: number, to: number, scores: Float64Array): number {
    const score = scores[row]!
    const gain = gains[row]!
    let before = 0
    for (let other = from; other < to && before < cutoff; other++) {
      if (scores[other]! < score) continue
      const isTie = scores[other]! === score
      if (!isTie || gains[other]! < gain || (gains[other]! === gain && other < row)) before++
    }
    return before
  }

  return (scores) => {
    let total = 0
    for (const { from, to, wanted, ideal } of requests) {
      let dcg = 0
      for (const row of wanted) {
        const rank = rankOf(row, from, to, scores)
        if (rank < cutoff) dcg += gains[row]! / Math.log2(rank + 2)
      }
      total += dcg / ideal
    }
    return total / Math.max(1, requests.length)
  }
}
