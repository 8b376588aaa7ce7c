/** @file NDCG of one list of labelled rows under given scores. */

/**
 * Gains 2^label − 1, discount 1 / log2(rank + 1), the ideal truncated at the depth; equal scores stand in the order of rows.
 *
 * @param labels grades ≥ 0, length n
 * @param scores length n, finite
 * @returns in [0, 1]; NaN when nothing was wanted
 */
export function listNdcg(labels: Float32Array, scores: ArrayLike<number>, depth: number): number {
  const order = Uint32Array.from(labels.keys()).sort((a, b) => scores[b] - scores[a] || a - b)
  const ideal = labels.slice().sort().reverse()
  let gain = 0
  let best = 0
  for (let rank = 0; rank < Math.min(depth, order.length); rank++) {
    const discount = 1 / Math.log2(rank + 2)
    gain += (2 ** labels[order[rank]] - 1) * discount
    best += (2 ** ideal[rank] - 1) * discount
  }
  return gain / best
}
