/** @file Drawing items of a topic as they stand at a moment: only what has been created, the well exposed more often. */

import type { Random } from '../../base/random.ts'
import { firstAbove } from './topics.ts'
import type { World } from './world.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** New items are put in front: this share of the draws is among those of the last two weeks, where there are any. */
const FRESH_SHARE = 0.15
const FRESH_MS = 14 * DAY_MS

/** The items of every topic in order of creation, with the running sums of their exposure. */
export interface Shelves {
  /** Topic t has `items[offsets[t] .. offsets[t + 1])`. */
  offsets: Uint32Array
  items: Uint32Array
  createdAt: Float64Array
  /** Up to and including each item, over all topics. */
  exposure: Float64Array
}

/** Items that are hidden stand on no shelf; every topic has one item from the start, see `createItems`. */
export function createShelves({ items, topics }: World): Shelves {
  const { topic, createdAt } = items
  const order = Uint32Array.from(createdAt.keys())
    .filter((item) => items.hidden[item] === 0)
    .sort((a, b) => topic[a] - topic[b] || createdAt[a] - createdAt[b] || a - b)
  const offsets = new Uint32Array(topics.count + 1)
  for (const item of order) offsets[topic[item] + 1]++
  for (let t = 0; t < topics.count; t++) offsets[t + 1] += offsets[t]
  const exposure = new Float64Array(order.length)
  let sum = 0
  order.forEach((item, k) => {
    sum += items.exposure[item]
    exposure[k] = sum
  })
  return {
    offsets,
    items: order,
    createdAt: Float64Array.from(order, (item) => createdAt[item]),
    exposure,
  }
}

/**
 * @param time within the period or after it
 * @returns an item of the topic that exists at that time
 */
export function drawItem(shelves: Shelves, topic: number, time: number, random: Random): number {
  const { offsets, createdAt, exposure, items } = shelves
  let from = offsets[topic]
  const to = firstAbove(createdAt, time, from, offsets[topic + 1])
  if (random.float() < FRESH_SHARE) {
    const fresh = firstAbove(createdAt, time - FRESH_MS, from, to)
    if (fresh < to) from = fresh
  }
  const below = from === 0 ? 0 : exposure[from - 1]
  const drawn = below + random.float() * (exposure[to - 1] - below)
  return items[firstAbove(exposure, drawn, from, to - 1)]
}
