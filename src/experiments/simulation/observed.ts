/**
 * @file What the simulated product knows: clicks, impressions and what the catalog says. Never the truth; the subject of an
 * item can be read in its text and the style seen in its picture, so both count as known.
 */

import { STYLES } from '../../data/world/items.ts'
import { CATEGORIES } from '../../data/world/vocabulary.ts'
import type { World } from '../../data/world/world.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Half of what a user clicked is forgotten after so long: tastes change. */
const HALF_LIFE_MS = 30 * DAY_MS
/** Impressions with the mean click rate that every item is given beside its own. */
const PRIOR_IMPRESSIONS = 20
const PRIOR_RATE = 0.05

export const OBSERVED_FEATURES = [
  'user.topic',
  'user.category',
  'user.style',
  'user.region',
  'user.language',
  'item.clicks',
  'item.impressions',
  'item.click-rate',
  'item.age',
] as const

const WIDTH = OBSERVED_FEATURES.length

export class Observed {
  readonly #world: World
  /** Row-major, users × topics: clicks, decayed to `#times`. */
  readonly #topics: Float32Array
  readonly #styles: Float32Array
  readonly #totals: Float32Array
  readonly #times: Float64Array
  readonly #clicks: Float32Array
  readonly #shown: Float32Array
  readonly #clickedWhenShown: Float32Array
  readonly #categories = new Float32Array(CATEGORIES.length)

  constructor(world: World) {
    const users = world.users.count
    this.#world = world
    this.#topics = new Float32Array(users * world.topics.count)
    this.#styles = new Float32Array(users * STYLES)
    this.#totals = new Float32Array(users)
    this.#times = new Float64Array(users)
    this.#clicks = new Float32Array(world.items.count)
    this.#shown = new Float32Array(world.items.count)
    this.#clickedWhenShown = new Float32Array(world.items.count)
  }

  /** Counts a click, wherever it was made. */
  click(user: number, item: number, time: number): void {
    const { topics, items } = this.#world
    const { style, topic } = items
    const left = 2 ** (-Math.max(0, time - this.#times[user]!) / HALF_LIFE_MS)
    for (let k = user * topics.count; k < (user + 1) * topics.count; k++) this.#topics[k]! *= left
    for (let k = user * STYLES; k < (user + 1) * STYLES; k++) this.#styles[k]! *= left
    this.#totals[user] = this.#totals[user]! * left + 1
    this.#times[user] = time
    this.#topics[user * topics.count + topic[item]!]!++
    this.#styles[user * STYLES + style[item]!]!++
    this.#clicks[item]!++
  }

  /** Counts an item of a list, and the click on it. */
  impression(user: number, item: number, time: number, isClicked: boolean): void {
    this.#shown[item]!++
    if (!isClicked) return
    this.#clickedWhenShown[item]!++
    this.click(user, item, time)
  }

  /** Decayed clicks of a user by topic; written over by the next click. */
  topicsOf(user: number): Float32Array {
    const { count } = this.#world.topics
    return this.#topics.subarray(user * count, (user + 1) * count)
  }

  /** The same by style. */
  stylesOf(user: number): Float32Array {
    return this.#styles.subarray(user * STYLES, (user + 1) * STYLES)
  }

  clicksOf(user: number): number {
    return this.#totals[user]!
  }

  /** Writes the features of candidates, row-major, candidates × OBSERVED_FEATURES. */
  writeFeatures(user: number, candidates: Uint32Array, time: number, values: Float32Array): void {
    const { items, users, topics } = this.#world
    const byTopic = this.topicsOf(user)
    const scale = 1 / (this.#totals[user]! + 1)
    this.#categories.fill(0)
    for (let topic = 0; topic < topics.count; topic++)
      this.#categories[topics.category[topic]!]! += byTopic[topic]!
    for (let k = 0, at = 0; k < candidates.length; k++, at += WIDTH) {
      const item = candidates[k]!
      const topic = items.topic[item]!
      const region = items.region[item]!
      const language = items.language[item]!
      values[at] = byTopic[topic]! * scale
      values[at + 1] = this.#categories[topics.category[topic]!]! * scale
      values[at + 2] = this.#styles[user * STYLES + items.style[item]!]! * scale
      values[at + 3] = region === 0 ? 0.5 : region === users.region[user] ? 1 : 0
      values[at + 4] = language === 0 || language === users.language[user] ? 1 : 0
      values[at + 5] = Math.log1p(this.#clicks[item]!)
      values[at + 6] = Math.log1p(this.#shown[item]!)
      values[at + 7] =
        (this.#clickedWhenShown[item]! + PRIOR_IMPRESSIONS * PRIOR_RATE) /
        (this.#shown[item]! + PRIOR_IMPRESSIONS)
      values[at + 8] = Math.log1p(Math.max(0, time - items.createdAt[item]!) / DAY_MS)
    }
  }
}
