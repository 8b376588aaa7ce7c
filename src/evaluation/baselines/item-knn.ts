/**
 * @file Item-kNN: cosine of co-occurrence, the 100 nearest neighbours of every item (Sarwar et al. 2001, implicit form).
 *
 * Arithmetic (float32) and ties follow the reference implementation, see introselect.ts.
 */

import type { Baseline } from './baseline.ts'
import { introselect, selectFromPool } from './introselect.ts'
import { neighbourScorer, neighbours, type Selection } from './neighbours.ts'
import { popularityOf } from './train-matrix.ts'

const NEIGHBOURS = 100
/** The reference sorts a pool of this many. */
const POOL = 200

export const itemKnn: Baseline = {
  name: 'item-knn',
  summary: `sum of cosines to the user's items, ${NEIGHBOURS} neighbours an item`,
  unsuitable: ({ protocol }) => (protocol === 'sessions, temporal' ? 'sessions use the last click' : null),
  async fit({ matrix }) {
    const norm = popularityOf(matrix).map(Math.sqrt)
    return neighbours(
      matrix,
      NEIGHBOURS,
      (count, item, other) => Math.fround(Math.fround(count / norm[item]!) / norm[other]!),
      referenceSelection(matrix.columns),
    )
  },
  open(arrays) {
    const order = new Uint32Array(arrays.offsets!.length - 1)
    return {
      // Items without a similarity stay in the ranking at score 0, after all that have one.
      score: neighbourScorer(arrays, 0),
      best: (scores, k) => selectFromPool(scores, order, Math.max(POOL, k), k),
    }
  },
}

/** Selects among all items of the catalogue, zeros included, as a dense row would be cut. */
function referenceSelection(items: number): Selection {
  const row = new Float32Array(items)
  const order = new Uint32Array(items)
  return (scores, found, k) => {
    if (found.length <= k) return Uint32Array.from(found, (_, at) => at)
    for (let item = 0; item < items; item++) order[item] = item
    for (let at = 0; at < found.length; at++) row[found[at]!] = scores[at]!
    introselect(row, order, k)
    const inside = new Set(order.subarray(0, k))
    for (const item of found) row[item] = 0
    return Uint32Array.from(found.keys()).filter((at) => inside.has(found[at]!))
  }
}
