/** @file A query from the directions of items: what sources search with whose rows' lengths say how much an item is worth. */

import type { Csr } from '../base/csr.ts'
import type { LiveVectors } from '../vectors/live-vectors.ts'
import { lengthOf, normalise, type VectorMatrix, vectorAt } from '../vectors/vector-matrix.ts'
import { openExpansion } from './expansion.ts'
import type { ResolvedRequest } from './request.ts'

/** @returns the weighted sum of the query items' directions, of length 1, valid until the next call; zero when none is known */
export type DirectionQuery = (request: ResolvedRequest, weights: ArrayLike<number>) => Float32Array

/**
 * @param expansion whom each item asks with; see `fitExpansion`
 * @param live vectors of items beyond the rows
 */
export function openDirectionQuery(
  vectors: VectorMatrix,
  expansion: Csr,
  live: Pick<LiveVectors, 'get'> = new Map<number, Float32Array>(),
): DirectionQuery {
  const { count, dim } = vectors
  const query = new Float32Array(dim)
  const ask = openExpansion(expansion, (item, weight) => {
    const vector = item < count ? vectorAt(vectors, item) : live.get(item)
    if (!vector) return
    const scale = weight / (lengthOf(vector) || 1)
    for (let j = 0; j < dim; j++) query[j]! += scale * vector[j]!
  })
  return (request, weights) => {
    query.fill(0)
    ask(request, weights)
    return normalise(query)
  }
}
