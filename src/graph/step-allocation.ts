/** @file How many steps each query item gets (Eksombatchai et al. 2018, section 3.1). */

import { degree } from '../base/csr.ts'
import type { ItemGraph } from './item-graph.ts'

/**
 * Popular items need more steps until their visits settle, though not in proportion:
 * s_q = |E(q)|·(C − log |E(q)|), C the largest degree; N_q = N · w_q·s_q / Σ w_r·s_r.
 *
 * @param degrees |E(q)| of each query item; one of degree 0 gets nothing
 * @param weights w_q > 0
 * @param largestDegree C
 * @param evenness 0 = as above, 1 = by weight alone; between them, s_q^(1 − evenness)
 * @returns whole steps, `steps` in sum (0 when no query item has an edge): the sums are rounded, so no step is lost
 */
export function allocateSteps(
  degrees: ArrayLike<number>,
  weights: ArrayLike<number>,
  largestDegree: number,
  steps: number,
  evenness = 0,
): Uint32Array {
  const shares = Float64Array.from(weights, (weight, q) =>
    degrees[q]! > 0 ? weight * scalingFactor(degrees[q]!, largestDegree) ** (1 - evenness) : 0,
  )
  const total = shares.reduce((sum, share) => sum + share, 0)
  const allocated = new Uint32Array(shares.length)
  if (!(total > 0)) return allocated
  let sum = 0
  let given = 0
  for (let q = 0; q < shares.length; q++) {
    sum += shares[q]!
    allocated[q] = Math.round((steps * sum) / total) - given
    given += allocated[q]!
  }
  return allocated
}

/** C: the most collections that an item is in. */
export function maxDegree({ items, toCollections }: ItemGraph): number {
  let largest = 0
  for (let i = 0; i < items; i++) largest = Math.max(largest, degree(toCollections, i))
  return largest
}

/** |E|·(C − log |E|) */
export function scalingFactor(edges: number, largestDegree: number): number {
  return edges * (largestDegree - Math.log(edges))
}
