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
  async fit({ matrix, catalogue }) {
    const norm = popularityOf(matrix).map(Math.sqrt)
    const kept = neighbours(
      matrix,
      NEIGHBOURS,
      (count, item, other) => Math.fround(Math.fround(count / norm[item]!) / norm[other]!),
      referenceSelection(matrix.columns, catalogue),
    )
    return { ...kept, catalogue }
  },
  open(arrays) {
    const catalogue = arrays.catalogue as Uint32Array
    const order = new Uint32Array(catalogue.length)
    return {
      // Items without a similarity stay in the ranking at score 0, after all that have one.
      score: neighbourScorer(arrays, 0),
      best: (scores, k) => selectFromPool(scores, catalogue, order, Math.max(POOL, k), k),
    }
  },
}

/** Selects among the whole catalogue, zeros included, as a dense row would be cut. */
function referenceSelection(items: number, catalogue: Uint32Array): Selection {
  const row = new Float32Array(items)
  const order = new Uint32Array(catalogue.length)
  return (scores, found, k) => {
    if (found.length <= k) return Uint32Array.from(found, (_, at) => at)
    order.set(catalogue)
    for (let at = 0; at < found.length; at++) row[found[at]!] = scores[at]!
    introselect(row, order, k)
    const inside = new Set(order.subarray(0, k))
    for (const item of found) row[item] = 0
    return Uint32Array.from(found.keys()).filter((at) => inside.has(found[at]!))
  }
}
