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
  const heap = new Uint32Array(capacity)
  let size = 0
  // Min-heap by (score, then larger index is worse): the root is the weakest that is kept.
  const worse = (a: number, b: number) => scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b)
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!
    if (!(score > Number.NEGATIVE_INFINITY)) continue
    if (size < capacity) {
      let at = size++
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!worse(i, heap[parent]!)) break
        heap[at] = heap[parent]!
        at = parent
      }
      heap[at] = i
    } else if (worse(heap[0]!, i)) {
      siftDown(heap, size, i, worse)
    }
  }
  const best = heap.slice(0, size)
  return best.sort((a, b) => scores[b]! - scores[a]! || a - b)
}

function siftDown(
  heap: Uint32Array,
  size: number,
  value: number,
  worse: (a: number, b: number) => boolean,
): void {
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= size) break
    if (child + 1 < size && worse(heap[child + 1]!, heap[child]!)) child++
    if (!worse(heap[child]!, value)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = value
}
