/** @file What items have in common as a direction: their vectors less what all vectors share, as in centroid classifiers. */

import type { WeightedItems } from '../text/items-of-words.ts'
import type { LiveVectors } from '../vectors/live-vectors.ts'
import { normalise } from '../vectors/vector-matrix.ts'

/** Vectors of length 1, by item. */
export interface UnitRows {
  count: number
  dim: number
  /** May be a view that the next call fills anew; nothing for an item of which the fit knows nothing. */
  vectorOf(row: number): Float32Array | undefined
}

/**
 * @param live vectors of items beyond the rows
 * @param liveShare what those share: the vector of an item of which nothing is known
 * @returns the direction of some items, of length 1, valid until the next call; null when they have nothing of their own
 */
export function openCommonDirection(
  rows: UnitRows,
  live: Pick<LiveVectors, 'get'> = new Map<number, Float32Array>(),
  liveShare: Float32Array = new Float32Array(rows.dim),
): (matches: WeightedItems) => Float32Array | null {
  const { count, dim, vectorOf } = rows
  const direction = new Float32Array(dim)
  /** Made when somebody searches for the first time. */
  let mean: Float32Array | undefined
  return ({ items, weights }) => {
    mean ??= meanOf(rows)
    direction.fill(0)
    for (let k = 0; k < items.length; k++) {
      const isFitted = items[k]! < count
      const vector = isFitted ? vectorOf(items[k]!) : live.get(items[k]!)
      if (!vector) continue
      const shared = isFitted ? mean : liveShare
      const weight = weights[k]!
      for (let j = 0; j < dim; j++) direction[j]! += weight * (vector[j]! - shared[j]!)
    }
    normalise(direction)
    return direction.some((value) => value !== 0) ? direction : null
  }
}

/** Such as what is popular: it says nothing of some of them. */
function meanOf({ count, dim, vectorOf }: UnitRows): Float32Array {
  const sums = new Float64Array(dim)
  let known = 0
  for (let row = 0; row < count; row++) {
    const vector = vectorOf(row)
    if (!vector) continue
    known++
    for (let j = 0; j < dim; j++) sums[j]! += vector[j]!
  }
  return Float32Array.from(sums, (sum) => sum / Math.max(1, known))
}
