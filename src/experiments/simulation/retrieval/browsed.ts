/**
 * @file What people clicked on by themselves before there was a recommender, against items drawn at random, as towers are
 * trained: how much each match counts, and for whom an item is. Lists would teach matches badly: in them everything matches.
 */

import { createRandom } from '../../../base/random.ts'
import type { World } from '../../../data/world/world.ts'
import { fitLinear } from '../../../ranking/linear/fit-linear.ts'
import { openLinear } from '../../../ranking/linear/linear-model.ts'
import type { Observed } from '../observed.ts'
import type { ClickWatcher } from '../product.ts'
import { MATCHES, Matching } from './match.ts'

/** Items drawn for each click. */
const NEGATIVES = 4
/** Of people with fewer clicks too little is known. */
const LEAST_CLICKS = 3
/** Draws of an item that has not arrived yet are repeated, so often at most. */
const ATTEMPTS = 20

export class Browsed {
  readonly users: number[] = []
  readonly items: number[] = []
  /** 1 = clicked on, 0 = drawn. */
  readonly labels: number[] = []
  readonly #matches: number[] = []

  watch(world: World, observed: Observed, seed: number): ClickWatcher {
    const random = createRandom(seed, 0x6d61)
    const matching = new Matching(world, observed)
    const { createdAt } = world.items
    const add = (user: number, item: number, label: number) => {
      this.users.push(user)
      this.items.push(item)
      this.labels.push(label)
      this.#matches.push(...matching.matchesOf(user, item))
    }
    return (user, item, time) => {
      if (observed.clicksOf(user) < LEAST_CLICKS) return
      add(user, item, 1)
      for (let n = 0; n < NEGATIVES; n++) {
        let other = random.below(createdAt.length)
        for (let attempt = 0; createdAt[other]! > time && attempt < ATTEMPTS; attempt++)
          other = random.below(createdAt.length)
        add(user, other, 0)
      }
    }
  }

  /** One weight per match, and the log odds of every row. */
  fit(): { weights: Float64Array; logOdds: Float32Array } {
    const rows = this.labels.length
    const values = Float32Array.from(this.#matches)
    const model = fitLinear(
      {
        names: MATCHES,
        values,
        rows,
        offsets: Uint32Array.of(0, rows),
        labels: Float32Array.from(this.labels),
      },
      { method: 'pointwise', iterations: 60 },
      0,
    )
    const logOdds = new Float32Array(rows)
    openLinear(model).score(values, rows, logOdds)
    return { weights: Float64Array.from(model.weights), logOdds }
  }
}
