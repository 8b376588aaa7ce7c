/** @file Fatigue: what somebody has been shown of one kind again and again attracts them less, until they have rested. */

export interface FatigueOptions {
  /** Each thing of the kind that was shown lately takes this share of the attraction; 0 = nobody tires. */
  perImpression: number
  /** After so many ms half of it is forgotten. */
  restMs: number
}

interface Weariness {
  shown: number
  time: number
}

/** How tired each user is of each kind of item; nothing is kept of what was never shown. */
export class Fatigue {
  readonly #options: FatigueOptions
  readonly #kinds: number
  readonly #weariness = new Map<number, Weariness>()

  /** @param kinds how many there are */
  constructor(kinds: number, options: FatigueOptions) {
    this.#kinds = kinds
    this.#options = options
  }

  /** What is left of the attraction, in (0, 1]. */
  factor(user: number, kind: number, time: number): number {
    const held = this.#weariness.get(user * this.#kinds + kind)
    return held ? (1 - this.#options.perImpression) ** this.#leftOf(held, time) : 1
  }

  show(user: number, kind: number, time: number): void {
    if (this.#options.perImpression === 0) return
    const key = user * this.#kinds + kind
    const held = this.#weariness.get(key)
    if (!held) this.#weariness.set(key, { shown: 1, time })
    else {
      held.shown = this.#leftOf(held, time) + 1
      held.time = time
    }
  }

  #leftOf({ shown, time: since }: Weariness, time: number): number {
    return shown * 2 ** (-(time - since) / this.#options.restMs)
  }
}
