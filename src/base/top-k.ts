/** @file Selection of the k best of n scores; ties go to the smaller index, so results do not depend on order. */

/**
 * Indices of the k highest scores, best first. Scores of -Infinity are never selected; NaN counts as -Infinity.
 *
 * @param scores length n
 * @param k number wanted; fewer come back when fewer are finite
 * @returns at most k positions in `scores`
 */
export function topK(scores: ArrayLike<number>, k: number): Uint32Array {
  const capacity = Math.min(k, scores.length)
  if (capacity <= 0) return new Uint32Array(0)
  // Min-heap by (score, then larger index is worse): the root is the weakest that is kept.
  const heap = new Uint32Array(capacity)
  let size = 0
  let at = 0
  for (; at < scores.length && size < capacity; at++) {
    if (scores[at]! > Number.NEGATIVE_INFINITY) heap[size++] = at
  }
  for (let root = (size >> 1) - 1; root >= 0; root--) siftDown(heap, size, root, heap[root]!, scores)
  if (size > 0) {
    // Later indices lose ties, so only a higher score gets in.
    for (let weakest = scores[heap[0]!]!; at < scores.length; at++) {
      if (!(scores[at]! > weakest)) continue
      siftDown(heap, size, 0, at, scores)
      weakest = scores[heap[0]!]!
    }
  }
  // Heap sort: the weakest goes last, again and again.
  for (let end = size - 1; end > 0; end--) {
    const weakest = heap[0]!
    siftDown(heap, end, 0, heap[end]!, scores)
    heap[end] = weakest
  }
  return heap.slice(0, size)
}

/** Puts `value` into the hole at `at`, below which all is in order. */
function siftDown(
  heap: Uint32Array,
  size: number,
  at: number,
  value: number,
  scores: ArrayLike<number>,
): void {
  const score = scores[value]!
  let hole = at
  for (let child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
    let weaker = heap[child]!
    let weakerScore = scores[weaker]!
    if (child + 1 < size) {
      const other = heap[child + 1]!
      const otherScore = scores[other]!
      if (otherScore < weakerScore || (otherScore === weakerScore && other > weaker)) {
        child++
        weaker = other
        weakerScore = otherScore
      }
    }
    if (!(weakerScore < score || (weakerScore === score && weaker > value))) break
    heap[hole] = weaker
    hole = child
  }
  heap[hole] = value
}
