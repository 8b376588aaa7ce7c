/**
 * @file Retrieval by upper confidence bound: μ·u + β σ, an exhaustive scan whose rows have σ as one more number and whose
 * queries have β there. Neighbourhoods are searched by the mean (β = 0), so that what is unsure stays out of them.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import type { Neighbours } from '../../vectors/neighbours.ts'
import { openSearch } from '../../vectors/quantised-search.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'

/**
 * @param optimism β: standard deviations that a score is taken to be better than expected; 0 searches by the mean
 * @returns the k rows with the largest bounds, ties to the smaller row. Not re-entrant.
 */
export type BoundSearch = (
  query: Float32Array,
  optimism: number,
  k: number,
  excluded?: ArrayLike<number>,
) => Neighbours

/**
 * With β = 0 it finds the same rows and the same scores as a search over the means alone, to the last bit: products are
 * summed in groups of eight, and σ stands behind the last full group, where its product is added last.
 *
 * @param means items × dim; dim + 1 must not be a multiple of 8
 * @param sigma one per item, in units of the scores
 * @throws InvalidOptionError when the lengths do not fit
 */
export function openBoundSearch(means: VectorMatrix, sigma: ArrayLike<number>): BoundSearch {
  const { count, dim } = means
  if (sigma.length !== count) throw new InvalidOptionError('sigma', sigma.length, `${count} numbers`)
  if ((dim + 1) % GROUP === 0) throw new InvalidOptionError('dim', dim, `any but one less than n · ${GROUP}`)
  const search = openSearch(withColumn(means, sigma))
  const wide = new Float32Array(dim + 1)
  return (query, optimism, k, excluded) => {
    wide.set(query)
    wide[dim] = optimism
    return search(wide, k, excluded)
  }
}

/** Products that are summed side by side, see `innerProducts`. */
const GROUP = 8

function withColumn(means: VectorMatrix, last: ArrayLike<number>): VectorMatrix {
  const rows = vectorMatrix(means.count, means.dim + 1)
  for (let row = 0; row < rows.count; row++) {
    const wide = vectorAt(rows, row)
    wide.set(vectorAt(means, row))
    wide[means.dim] = last[row]!
  }
  return rows
}
