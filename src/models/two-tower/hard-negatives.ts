/** @file Hard negatives of a user: what was taken together most with what they are asked with, and what they have not had. */

import type { Csr } from '../../base/csr.ts'
import { topK } from '../../base/top-k.ts'

/** @returns at most as many items as wanted, the likeliest first; always the same for the same query */
export type HardNegatives = (query: Uint32Array, had: Uint32Array) => Uint32Array

/** @param neighbours items × items, weighted */
export function openHardNegatives(neighbours: Csr, wanted: number): HardNegatives {
  const weights = neighbours.weights!
  const sums = new Float32Array(neighbours.columns)
  const touched = new Uint32Array(neighbours.columns)
  return (query, had) => {
    let count = 0
    for (const item of had) sums[item] = Number.NEGATIVE_INFINITY
    for (const item of query) {
      for (let k = neighbours.offsets[item]!; k < neighbours.offsets[item + 1]!; k++) {
        const other = neighbours.targets[k]!
        if (sums[other] === 0) touched[count++] = other
        sums[other]! += weights[k]!
      }
    }
    const found = touched.subarray(0, count)
    const best = topK(
      Float32Array.from(found, (item) => sums[item]!),
      wanted,
    ).map((k) => found[k]!)
    for (const item of found) sums[item] = 0
    for (const item of had) sums[item] = 0
    return best
  }
}

/** So many lists tell how often an item is on one. */
const LISTS = 20_000

/**
 * @param draw makes the list of the user at a place below `users`
 * @returns for each item the share of lists that it is on
 */
export function sharesOfLists(
  items: number,
  users: number,
  draw: (user: number) => Uint32Array,
): Float64Array {
  const shares = new Float64Array(items)
  for (let k = 0; k < LISTS; k++) for (const item of draw(k % users)) shares[item]!++
  // What no list had may be on one yet.
  return shares.map((count) => (count + 0.5) / (LISTS + 1))
}
