/** @file Histories: what each user has interacted with, as rows of distinct items. */

import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedFloat64, sharedUint32 } from '../base/shared.ts'
import type { Interactions } from './dataset.ts'
import { rowsByUser } from './repeats.ts'

/** Users × items; `times` beside the targets when the interactions have times. */
export interface Histories extends Csr {
  /** The summed weight of a user's interactions with the item. */
  readonly weights: Float32Array
  /** Milliseconds since 1970 of the latest interaction; null without times. Same length as `targets`. */
  readonly times: Float64Array | null
}

/**
 * Distinct items of each user, oldest first, placed by the latest interaction with them.
 *
 * @param interactions in time order
 * @param users number of users: rows of the result
 * @param items number of items: columns of the result
 */
export function historiesOf(interactions: Interactions, users: number, items: number): Histories {
  const byUser = rowsByUser(interactions.user, users)
  const offsets = sharedUint32(users + 1)
  const targets = new Uint32Array(interactions.length)
  const weights = new Float32Array(interactions.length)
  const times = interactions.time ? new Float64Array(interactions.length) : null
  // While user u is at hand: total[i] is the summed weight, lastRow[i] the latest row, for the items u touched.
  const total = new Float32Array(items)
  const lastRow = new Uint32Array(items)
  let count = 0
  for (let start = 0, user = 0; user < users; user++) {
    let end = start
    while (end < byUser.length && interactions.user[byUser[end]] === user) {
      const row = byUser[end++]
      total[interactions.item[row]] += interactions.weight[row]
      lastRow[interactions.item[row]] = row
    }
    for (; start < end; start++) {
      const row = byUser[start]
      const item = interactions.item[row]
      if (lastRow[item] !== row) continue
      targets[count] = item
      weights[count] = total[item]
      if (times) times[count] = interactions.time![row]
      total[item] = 0
      count++
    }
    offsets[user + 1] = count
  }
  return {
    rows: users,
    columns: items,
    offsets,
    targets: fill(sharedUint32(count), targets),
    weights: fill(sharedFloat32(count), weights),
    times: times && fill(sharedFloat64(count), times),
  }
}

/** Copies the first values of `source`, as many as `target` holds. */
function fill<T extends Uint32Array | Float32Array | Float64Array>(target: T, source: ArrayLike<number>): T {
  for (let k = 0; k < target.length; k++) target[k] = source[k]
  return target
}
