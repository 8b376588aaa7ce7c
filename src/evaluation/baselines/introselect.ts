/**
 * @file Partial selection by introselect (Musser 1997), with the pivots that numpy's scalar `argpartition` takes.
 *
 * Which of equal scores stand inside the first k is arbitrary there, but repeatable. The reference item-kNN cuts its
 * neighbours and its lists that way, and ties at the cut move its figures in the third digit on sparse data
 * (CiteULike-t: NDCG@10 0.0599 with ties to the smaller index, 0.0614 as the reference has it). Following the same
 * order is what lets the evaluator be compared with it digit by digit. Everything else breaks ties by index.
 */

/**
 * Permutes `order` so that its first `kth` + 1 entries point at the highest scores.
 *
 * @param order positions in `scores`, at first ascending; length > kth ≥ 3
 */
export function introselect(scores: ArrayLike<number>, order: Uint32Array, kth: number): void {
  let low = 0
  let high = order.length - 1
  const swap = (a: number, b: number) => {
    const held = order[a]!
    order[a] = order[b]!
    order[b] = held
  }
  const before = (a: number, b: number) => scores[order[a]!]! > scores[order[b]!]!
  while (low + 1 < high) {
    const middle = low + ((high - low) >> 1)
    if (before(high, middle)) swap(high, middle)
    if (before(high, low)) swap(high, low)
    if (before(low, middle)) swap(low, middle)
    swap(middle, low + 1)
    const pivot = scores[order[low]!]!
    let left = low + 1
    let right = high
    for (;;) {
      do left++
      while (scores[order[left]!]! > pivot)
      do right--
      while (pivot > scores[order[right]!]!)
      if (right < left) break
      swap(left, right)
    }
    swap(low, right)
    if (right >= kth) high = right - 1
    if (right <= kth) low = left
  }
  if (high === low + 1 && before(high, low)) swap(high, low)
}

/**
 * Selects `pool` entries by introselect, then the k best of these, ties among them to the smaller index.
 *
 * @param catalogue the items that are ranked, ascending
 * @param order scratch of the catalogue's length
 */
export function selectFromPool(
  scores: Float32Array,
  catalogue: Uint32Array,
  order: Uint32Array,
  pool: number,
  k: number,
): Uint32Array {
  order.set(catalogue)
  if (pool < order.length) introselect(scores, order, pool)
  const selected = order
    .slice(0, Math.min(pool, order.length))
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
  let ranked = Math.min(k, selected.length)
  while (ranked > 0 && scores[selected[ranked - 1]!] === Number.NEGATIVE_INFINITY) ranked--
  return selected.subarray(0, ranked)
}
