/**
 * @file How the simulated product matches people with items: log odds that are an inner product of what it knows of somebody
 * with what an item is labelled, so that retrieval is a scan. Subject and style can be read in an item's text and seen in
 * its picture. For whom in the world it is made, and how good it is, nobody says: that is left to each item to learn.
 */

import { STYLES } from '../../../data/world/items.ts'
import { LANGUAGES, REGIONS } from '../../../data/world/vocabulary.ts'
import type { World } from '../../../data/world/world.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from '../../../vectors/vector-matrix.ts'
import type { Observed } from '../observed.ts'

/** What of somebody and an item goes together; one weight each. */
export const MATCHES = ['topic', 'category', 'style'] as const

/** Length of what is known of where somebody is from: 1, then region and language. */
export const ORIGIN_DIM = 1 + REGIONS.length + LANGUAGES.length

/** Added to shares of clicks, so that what nobody clicked on has a logarithm. */
const SHARE_FLOOR = 0.03

/** Labels as places in a vector, one part after the other in the order of MATCHES. */
export class Matching {
  readonly #world: World
  readonly #observed: Observed
  readonly #categoryAt: number
  readonly #styleAt: number
  readonly #known: Float32Array

  constructor(world: World, observed: Observed) {
    this.#world = world
    this.#observed = observed
    this.#categoryAt = world.topics.count
    this.#styleAt = this.#categoryAt + world.topics.categories
    this.#known = new Float32Array(this.#styleAt + STYLES)
  }

  get dim(): number {
    return this.#known.length
  }

  /** Items × dim: 1 at each of an item's labels. */
  labels(): VectorMatrix {
    const rows = vectorMatrix(this.#world.items.count, this.dim)
    for (let item = 0; item < rows.count; item++)
      for (const place of this.#placesOf(item)) vectorAt(rows, item)[place] = 1
    return rows
  }

  /**
   * What somebody makes of every label: times `labels` it is Σ weight · match.
   *
   * @param weights one per match
   * @param out length dim or more
   */
  userVector(
    user: number,
    [topic, category, style]: ArrayLike<number> & Iterable<number>,
    out: Float32Array,
  ) {
    this.#look(user)
    for (let place = 0; place < this.dim; place++) {
      const weight = place < this.#categoryAt ? topic : place < this.#styleAt ? category : style
      out[place] = weight! * this.#known[place]!
    }
  }

  /** A user's vector times an item's labels. */
  score(userVector: Float32Array, item: number): number {
    return this.#placesOf(item).reduce((sum, place) => sum + userVector[place]!, 0)
  }

  /** The matches of a user with an item, in the order of MATCHES. */
  matchesOf(user: number, item: number): number[] {
    this.#look(user)
    return this.#placesOf(item).map((place) => this.#known[place]!)
  }

  /** @param out length ORIGIN_DIM */
  origin(user: number, out: Float32Array): void {
    const { region, language } = this.#world.users
    out.fill(0)
    out[0] = 1
    out[region[user]!] = 1
    out[1 + REGIONS.length + language[user]!] = 1
  }

  #placesOf(item: number): number[] {
    const { items, topics } = this.#world
    const topic = items.topic[item]!
    return [topic, this.#categoryAt + topics.category[topic]!, this.#styleAt + items.style[item]!]
  }

  /** Logarithms of shares of clicks by label. */
  #look(user: number): void {
    const { topics } = this.#world
    const known = this.#known.fill(0)
    const scale = 1 / (this.#observed.clicksOf(user) + 1)
    this.#observed.topicsOf(user).forEach((clicks, topic) => {
      known[topic] = clicks * scale
      known[this.#categoryAt + topics.category[topic]!]! += clicks * scale
    })
    this.#observed.stylesOf(user).forEach((clicks, style) => {
      known[this.#styleAt + style] = clicks * scale
    })
    for (let place = 0; place < known.length; place++) known[place] = Math.log(SHARE_FLOOR + known[place]!)
  }
}
