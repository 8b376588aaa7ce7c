/** @file Bags of ids as bags of the rows that the ids are mapped to: a vector of an id is the sum of its rows. */

import type { Bags } from '../embedding-table.ts'
import type { RowMapping } from './row-mapping.ts'

/** @param bags whose ids they are; each id is a bag of its own when left out */
export function mappedBags(mapping: RowMapping, ids: Uint32Array, bags?: Bags): Bags {
  const { lookups } = mapping
  const count = bags ? bags.offsets.length : ids.length + 1
  const offsets = Uint32Array.from({ length: count }, (_, k) => lookups * (bags ? bags.offsets[k]! : k))
  const weights = new Float32Array(ids.length * lookups)
  for (let k = 0; k < ids.length; k++)
    weights.fill(bags ? bags.weights[k]! : 1, k * lookups, (k + 1) * lookups)
  return { ids: mapping.map(ids), offsets, weights }
}
