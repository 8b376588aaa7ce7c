/** @file NDCG of one list of labelled rows under given scores: how good an order is, without making it. */

/**
 * Binary gains, discount 1 / log2(rank + 1), the ideal truncated at the depth; equal scores stand in the order of rows.
 *
 * @returns in [0, 1]; NaN when nothing was wanted
 */
export function listNdcg(labels: Float32Array, scores: Float32Array, depth: number): number {
  const order = Uint32Array.from(labels.keys()).sort((a, b) => scores[b] - scores[a] || a - b)
  let gain = 0
  let ideal = 0
  let wanted = 0
  for (const label of labels) if (label > 0) wanted++
  for (let rank = 0; rank < Math.min(depth, order.length); rank++) {
    const discount = 1 / Math.log2(rank + 2)
    if (labels[order[rank]] > 0) gain += discount
    if (rank < wanted) ideal += discount
  }
  return gain / ideal
}
