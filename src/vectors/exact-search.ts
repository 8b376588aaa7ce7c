/** @file Exhaustive search: the rows of a table with the largest inner products with a query. */

import { topK } from '../base/top-k.ts'
import type { Neighbours } from './neighbours.ts'
import type { VectorMatrix } from './vector-matrix.ts'

/**
 * @param query length dim
 * @param excluded rows that are never returned
 * @param addends one per row, added to its product; none when left out
 * @returns the k rows with the largest inner products; cosines when rows and query have length 1
 */
export function searchExact(
  table: VectorMatrix,
  query: Float32Array,
  k: number,
  excluded: ArrayLike<number> = [],
  addends?: Float32Array,
): Neighbours {
  const scores = new Float32Array(table.count)
  innerProducts(table, query, 0, table.count, scores)
  if (addends) for (let row = 0; row < table.count; row++) scores[row] += addends[row]
  return best(scores, k, excluded)
}

/**
 * scores[r] = ⟨row r, query⟩ for from ≤ r < to. Eight independent sums in float64 keep the processor's adders busy;
 * summing in float32 would be slower in V8, which widens on every load.
 */
export function innerProducts(
  { dim, values }: VectorMatrix,
  query: Float32Array,
  from: number,
  to: number,
  scores: Float32Array,
): void {
  const unrolled = dim - (dim % 8)
  for (let row = from, start = from * dim; row < to; row++, start += dim) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let e = 0
    let f = 0
    let g = 0
    let h = 0
    for (let j = 0; j < unrolled; j += 8) {
      const at = start + j
      a += values[at] * query[j]
      b += values[at + 1] * query[j + 1]
      c += values[at + 2] * query[j + 2]
      d += values[at + 3] * query[j + 3]
      e += values[at + 4] * query[j + 4]
      f += values[at + 5] * query[j + 5]
      g += values[at + 6] * query[j + 6]
      h += values[at + 7] * query[j + 7]
    }
    for (let j = unrolled; j < dim; j++) a += values[start + j] * query[j]
    scores[row] = a + b + (c + d) + (e + f + (g + h))
  }
}

function best(scores: Float32Array, k: number, excluded: ArrayLike<number>): Neighbours {
  for (let i = 0; i < excluded.length; i++)
    if (excluded[i] < scores.length) scores[excluded[i]] = Number.NEGATIVE_INFINITY
  const items = topK(scores, k)
  return { items, scores: Float32Array.from(items, (item) => scores[item]) }
}
