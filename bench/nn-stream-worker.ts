/** @file A thread that makes batches of synthetic examples: who, what, and whether the planted vectors agree. */

import { createRandom } from '../src/base/random.ts'
import { serveBatches } from '../src/nn/batches.ts'

export interface StreamShared {
  users: number
  items: number
  batch: number
  /** A sign for each user and item: they agree when the product is 1. */
  userSigns: Int8Array
  itemSigns: Int8Array
}

/** Share of labels that are turned. */
const NOISE = 0.1

serveBatches(({ users, items, batch, userSigns, itemSigns }: StreamShared) => {
  const user = new Uint32Array(batch)
  const item = new Uint32Array(batch)
  const label = new Float32Array(batch)
  return ({ epoch, index }) => {
    const random = createRandom(epoch, index)
    for (let k = 0; k < batch; k++) {
      user[k] = random.below(users)
      // Squares of uniform numbers: few items are most of what is seen.
      item[k] = Math.floor(items * random.float() ** 2)
      const agree = userSigns[user[k]!]! * itemSigns[item[k]!]!
      label[k] = random.float() < NOISE ? -agree : agree
    }
    return { user, item, label }
  }
})
