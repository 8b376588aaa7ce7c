/**
 * @file Retrieval by Thompson sampling: every request searches by one draw of all scores from their posteriors, μ·u + β σ z
 * with a standard normal z an item, still in one exhaustive scan. What may be best is shown as often as it may be.
 *
 * Exact are the search (the k largest of the drawn scores) and the independence of items; σ is that over the users that there
 * are, not this user's own. Two requests with the same seed draw the same.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { hashedNormal } from '../../base/hashed-normal.ts'
import type { Neighbours } from '../../vectors/neighbours.ts'
import { openSearch } from '../../vectors/quantised-search.ts'
import type { VectorMatrix } from '../../vectors/vector-matrix.ts'

/**
 * @param optimism β: 1 draws from the posterior, 0 searches by the mean
 * @param seed of the request
 * @returns the k rows with the largest drawn scores, ties to the smaller row. Not re-entrant.
 */
export type DrawSearch = (
  query: Float32Array,
  optimism: number,
  seed: number,
  k: number,
  excluded?: ArrayLike<number>,
) => Neighbours

/**
 * @param means items × dim
 * @param sigma one per item, in units of the scores
 * @param numbers of the rows, that their deviates hang on; when left out, the rows themselves
 * @throws InvalidOptionError when the lengths do not fit
 */
export function openDrawSearch(
  means: VectorMatrix,
  sigma: ArrayLike<number>,
  numbers?: ArrayLike<number>,
): DrawSearch {
  const { count } = means
  if (sigma.length !== count) throw new InvalidOptionError('sigma', sigma.length, `${count} numbers`)
  const search = openSearch(means)
  const addends = new Float32Array(count)
  return (query, optimism, seed, k, excluded) => {
    if (optimism === 0) return search(query, k, excluded)
    const deviate = hashedNormal(seed)
    for (let row = 0; row < count; row++)
      addends[row] = optimism * sigma[row]! * deviate(numbers ? numbers[row]! : row)
    return search(query, k, excluded, addends)
  }
}
