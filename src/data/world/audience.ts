/**
 * @file The users of a simulated world in front of lists: whether they click is decided by the truth, by the place, and by
 * how tired they are of the subject. Tastes drift and items arrive as the world has it.
 */

import type { Random } from '../../base/random.ts'
import { type ClickModel, expectedClicks } from './click-models/click-model.ts'
import { Fatigue, type FatigueOptions } from './fatigue.ts'
import { affinity } from './truth.ts'
import type { World } from './world.ts'

export interface AudienceOptions {
  /** People who have come to look around are readier to click than out of the blue: by this factor, up to certainty. */
  appetite: number
  fatigue: FatigueOptions
}

export class Audience {
  readonly world: World
  readonly clickModel: ClickModel
  readonly #appetite: number
  readonly #fatigue: Fatigue
  #attractiveness = new Float64Array(0)

  constructor(world: World, clickModel: ClickModel, { appetite, fatigue }: AudienceOptions) {
    this.world = world
    this.clickModel = clickModel
    this.#appetite = appetite
    this.#fatigue = new Fatigue(world.topics.count, fatigue)
  }

  /**
   * The truth, for evaluation only: probability that the user clicks on each item when looking at it now.
   *
   * @param out written from the start, one per item
   */
  attractiveness(user: number, items: ArrayLike<number>, time: number, out: Float64Array): void {
    const { topic } = this.world.items
    for (let k = 0; k < items.length; k++) {
      const item = items[k]!
      const rested = Math.min(1, this.#appetite * affinity(this.world, user, item, time))
      out[k] = rested * this.#fatigue.factor(user, topic[item]!, time)
    }
  }

  /** The truth, for evaluation only: clicks that the list would bring on average. */
  expectedClicks(user: number, items: ArrayLike<number>, time: number): number {
    this.attractiveness(user, items, time, this.#room(items.length))
    return expectedClicks(this.clickModel, this.#attractiveness.subarray(0, items.length))
  }

  /**
   * Shows a list, which tires.
   *
   * @param clicked written from the start: 1 where the user clicked
   */
  show(user: number, items: ArrayLike<number>, time: number, random: Random, clicked: Uint8Array): void {
    this.attractiveness(user, items, time, this.#room(items.length))
    this.clickModel.click(this.#attractiveness.subarray(0, items.length), random, clicked)
    for (let k = 0; k < items.length; k++) this.#fatigue.show(user, this.world.items.topic[items[k]!]!, time)
  }

  #room(length: number): Float64Array {
    if (this.#attractiveness.length < length) this.#attractiveness = new Float64Array(length)
    return this.#attractiveness
  }
}
