/** @file Topics of the simulated world: narrow subjects, each in one category, some much more in demand than others. */

import { createRandom, shuffle } from '../../base/random.ts'
import type { WorldOptions } from './options.ts'
import { CATEGORIES, SEGMENTS } from './vocabulary.ts'

export interface Topics {
  count: number
  categories: number
  /** Category of each topic. */
  category: Uint8Array
  /** Topics of each category, ascending. */
  ofCategory: Uint32Array[]
  /** Cumulated demand, the last value is 1. */
  cumulated: Float64Array
  /** The categories that each segment leans towards. */
  ofSegment: Uint32Array[]
}

/** Demand of the r-th topic goes with (r + 2)^−0.6: the largest of 300 has about thirty times that of the smallest. */
const DEMAND_EXPONENT = 0.6
/** Fewer topics than this would leave a category with nothing beside a topic. */
const TOPICS_PER_CATEGORY = 4
/** Of the categories, the share that a segment leans towards. */
const SEGMENT_SHARE = 0.3

export function createTopics(options: WorldOptions): Topics {
  const count = options.topics
  const random = createRandom(options.seed, 1)
  const categories = Math.min(CATEGORIES.length, Math.ceil(count / TOPICS_PER_CATEGORY))
  const category = Uint8Array.from({ length: count }, (_, topic) => topic % categories)
  const demand = Float64Array.from({ length: count }, (_, rank) => (rank + 2) ** -DEMAND_EXPONENT)
  shuffle(demand, random)
  return {
    count,
    categories,
    category,
    ofCategory: Array.from({ length: categories }, (_, c) =>
      Uint32Array.from(category.keys()).filter((topic) => category[topic] === c),
    ),
    cumulated: cumulate(demand),
    ofSegment: SEGMENTS.map(() => {
      const order = shuffle(
        Uint32Array.from({ length: categories }, (_, c) => c),
        random,
      )
      return order.slice(0, Math.max(1, Math.round(SEGMENT_SHARE * categories)))
    }),
  }
}

/** Running sums of weights, scaled so that the last is 1. */
export function cumulate(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let k = 0; k < sums.length; k++) {
    sum += weights[k]
    sums[k] = sum
  }
  for (let k = 0; k < sums.length; k++) sums[k] /= sum
  return sums
}

/** First position in [from, to) whose value is above `value`; `to` when there is none. */
export function firstAbove(ascending: ArrayLike<number>, value: number, from: number, to: number): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] > value) high = middle
    else low = middle + 1
  }
  return low
}
