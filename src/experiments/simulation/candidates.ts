/** @file Where the simulated product's candidates come from: subjects that the user has clicked on, and all others. */

import type { Random } from '../../base/random.ts'
import { createShelves, drawItem } from '../../data/world/shelves.ts'
import { firstAbove } from '../../data/world/topics.ts'
import type { World } from '../../data/world/world.ts'
import type { Observed } from './observed.ts'

/** Proposes what is then ranked. */
export interface CandidateGenerator {
  /** @returns distinct items that exist at that time; the array is written over by the next call */
  propose(user: number, time: number, random: Random): Uint32Array
}

/** Of the candidates, drawn from subjects that the user has clicked on. */
const KNOWN_SHARE = 0.6
/** Small subjects run out before the list is full. */
const ATTEMPTS_EACH = 4

export function shelfCandidates(world: World, observed: Observed, count: number): CandidateGenerator {
  const shelves = createShelves(world)
  const { cumulated } = world.topics
  const proposed = new Uint32Array(count)
  const seen = new Uint32Array(world.items.count)
  let request = 0
  return {
    propose(user, time, random) {
      request++
      const byTopic = observed.topicsOf(user)
      const clicks = byTopic.reduce((sum, value) => sum + value, 0)
      let found = 0
      for (let attempt = 0; attempt < count * ATTEMPTS_EACH && found < count; attempt++) {
        const topic =
          clicks > 0 && random.float() < KNOWN_SHARE
            ? drawTopic(byTopic, random.float() * clicks)
            : firstAbove(cumulated, random.float(), 0, cumulated.length - 1)
        const item = drawItem(shelves, topic, time, random)
        if (seen[item] === request) continue
        seen[item] = request
        proposed[found++] = item
      }
      return proposed.subarray(0, found)
    },
  }
}

function drawTopic(weights: Float32Array, drawn: number): number {
  let rest = drawn
  let last = 0
  for (let topic = 0; topic < weights.length; topic++) {
    if (weights[topic] === 0) continue
    last = topic
    rest -= weights[topic]!
    if (rest < 0) break
  }
  return last
}
