/** @file Retrieval that counts in how unsure scores are, one way or the other. */

import type { VectorMatrix } from '../../vectors/vector-matrix.ts'
import { openBoundSearch } from './bound-search.ts'
import { type DrawSearch, openDrawSearch } from './draw-search.ts'

/** By upper confidence bounds, or by a draw from the posterior anew for every request. */
export const EXPLORATIONS = ['bound', 'draw'] as const
export type Exploration = (typeof EXPLORATIONS)[number]

/** The seed is the request's, and nothing to bounds: they are the same for all requests. */
export type OptimisticSearch = DrawSearch

/**
 * @param means items × dim; for bounds dim + 1 must not be a multiple of 8
 * @param sigma one per item, in units of the scores
 * @param numbers of the rows, that their draws hang on; when left out, the rows themselves
 */
export function openOptimisticSearch(
  means: VectorMatrix,
  sigma: ArrayLike<number>,
  exploration: Exploration,
  numbers?: ArrayLike<number>,
): OptimisticSearch {
  if (exploration === 'draw') return openDrawSearch(means, sigma, numbers)
  const search = openBoundSearch(means, sigma)
  return (query, optimism, _, k, excluded) => search(query, optimism, k, excluded)
}
