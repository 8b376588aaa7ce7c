/** @file Collections of the simulated world: boards that users put together, mostly about one topic. */

import { createRandom } from '../../base/random.ts'
import { periodOf } from './options.ts'
import { createShelves, drawItem } from './shelves.ts'
import { firstAbove } from './topics.ts'
import { appeal } from './truth.ts'
import { INTEREST_WEIGHTS, interestAt } from './users.ts'
import { CATEGORIES } from './vocabulary.ts'
import type { World } from './world.ts'

export interface WorldCollection {
  owner: number
  /** Topics that it is about: mostly one. */
  topics: number[]
  title: string
  /** Distinct, in the order in which they were put in. */
  items: number[]
}

/**
 * A collection has no time of its own, so a split cannot cut it: all are put together in this first part of the
 * period, before any test or validation period begins, and hold nothing that came later.
 */
const BEFORE_SHARE = 0.3
/** Collections about several topics. */
const MIXED_SHARE = 0.15
/** Items that are about something else altogether. */
const STRAY_SHARE = 0.05
const SMALLEST = 4
/** Sizes above the smallest are exponential with this mean. */
const MEAN_ABOVE = 9
const LARGEST = 80

/** In the order of their numbers, one at a time. */
export function* tellCollections(world: World): Generator<WorldCollection, void> {
  const { options, topics, users } = world
  const random = createRandom(options.seed, 5)
  const shelves = createShelves(world)
  const { start, end } = periodOf(options)
  for (let number = 0; number < options.collections; number++) {
    const share = BEFORE_SHARE * random.float()
    const time = start + share * (end - start)
    const owner = random.below(users.count)
    const about = new Set([interestAt(users, owner, random.below(2), share)])
    if (random.float() < MIXED_SHARE) {
      for (let k = 0; k < INTEREST_WEIGHTS.length; k++) about.add(interestAt(users, owner, k, share))
    }
    const chosen = Array.from(about)
    const size = Math.min(LARGEST, SMALLEST + Math.floor(-MEAN_ABOVE * Math.log(1 - random.float())))
    const items = new Set<number>()
    // Small topics run out before the collection is full.
    for (let attempt = 0; attempt < size * 12 && items.size < size; attempt++) {
      const topic =
        random.float() < STRAY_SHARE
          ? firstAbove(topics.cumulated, random.float(), 0, topics.count - 1)
          : chosen[random.below(chosen.length)]
      const item = drawItem(shelves, topic, time, random)
      if (random.float() < appeal(world, owner, item)) items.add(item)
    }
    const category = CATEGORIES[topics.category[chosen[0]]].name
    yield { owner, topics: chosen, title: `${category} board ${number + 1}`, items: Array.from(items) }
  }
}
