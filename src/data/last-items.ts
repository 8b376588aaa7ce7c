/** @file The last items of every user, at most so many of each: a ring a user, so that memory does not grow with what passes. */

export class LastItems {
  readonly #most: number
  /** Users × most. */
  readonly #items: Uint32Array
  /** How many each user has had; the next one goes to this number's place in the ring. */
  readonly #counts: Uint32Array

  constructor(users: number, most: number) {
    this.#most = most
    this.#items = new Uint32Array(users * most)
    this.#counts = new Uint32Array(users)
  }

  static bytes(users: number, most: number): number {
    return 4 * users * (most + 1)
  }

  push(user: number, item: number): void {
    if (this.#most > 0) this.#items[user * this.#most + (this.#counts[user]! % this.#most)] = item
    this.#counts[user]!++
  }

  /**
   * Writes the last items of the user to `out` from `at` on, oldest first.
   *
   * @returns where they end
   */
  copy(user: number, out: Uint32Array, at: number): number {
    const count = this.#counts[user]!
    let end = at
    for (let k = Math.max(0, count - this.#most); k < count; k++)
      out[end++] = this.#items[user * this.#most + (k % this.#most)]!
    return end
  }

  clear(): void {
    this.#counts.fill(0)
  }
}
