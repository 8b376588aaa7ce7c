/** @file Counts of visits: how often a walk came by, and the sum over several walks that rewards being reached by many. */

/** Sorting an item costs as much as looking at this many. */
const SORTING = 50
const TABLE = 256

/**
 * Dense arrays and lists of what was touched, allocated once; adding and clearing cost only what was touched. Counting 50,000
 * steps so took a fifth of the time of a hash table sized to the steps at 150,000 items, half of it at a million, and as
 * long at five million: there, and for memory, a hash table begins to pay.
 */
export class VisitCounts {
  /** Items of the walk at hand that have been visited at least `enoughVisits` times. */
  often = 0
  readonly #visits: Int32Array
  readonly #walked: Uint32Array
  #walkedCount = 0
  readonly #roots: Float64Array
  readonly #reached: Uint32Array
  #reachedCount = 0

  /** v^(1/boost) for small v: most visits are few. */
  readonly #powers: Float64Array
  readonly #boost: number

  /**
   * @param boost b in (Σ v^(1/b))^b: 2 is Pixie's multi-hit booster, 1 a plain sum
   */
  constructor(items: number, boost = 2) {
    this.#boost = boost
    this.#powers = Float64Array.from({ length: TABLE }, (_, v) => power(v, 1 / boost))
    this.#visits = new Int32Array(items)
    // One more: the next place is written before it is known to be needed.
    this.#walked = new Uint32Array(items + 1)
    this.#roots = new Float64Array(items)
    this.#reached = new Uint32Array(items)
  }

  /** Counts `trail[from], trail[from + stride], …`, `count` of them, for the walk at hand. */
  add(trail: Int32Array, from: number, count: number, stride: number, enoughVisits: number): void {
    const visits = this.#visits
    const walked = this.#walked
    let size = this.#walkedCount
    let often = this.often
    const lastButOne = enoughVisits - 1
    for (let k = 0, at = from; k < count; k++, at += stride) {
      const item = trail[at]!
      const before = visits[item]!
      // Without branches, which would be guessed wrong too often: 1 where it was 0, 1 where it was `enoughVisits` − 1.
      walked[size] = item
      size += (before - 1) >>> 31
      often += ((before ^ lastButOne) - 1) >>> 31
      visits[item] = before + 1
    }
    this.#walkedCount = size
    this.often = often
  }

  /** The walk at hand is over: its boosted visits go into the sums. */
  nextWalk(): void {
    for (let k = 0; k < this.#walkedCount; k++) {
      const item = this.#walked[k]!
      if (this.#roots[item] === 0) this.#reached[this.#reachedCount++] = item
      const visits = this.#visits[item]!
      this.#roots[item]! += visits < TABLE ? this.#powers[visits]! : power(visits, 1 / this.#boost)
      this.#visits[item] = 0
    }
    this.#walkedCount = 0
    this.often = 0
  }

  /** Visits of all walks together, by item, ascending; clears everything for the next request. */
  take(): { items: Uint32Array; visits: Float32Array } {
    // A single walk needs no sums: whatever the boost, (v^(1/b))^b is v.
    const single = this.#reachedCount === 0
    if (!single) this.nextWalk()
    const counts = single ? this.#visits : this.#roots
    const items = single
      ? ascending(this.#walked, this.#walkedCount, counts)
      : ascending(this.#reached, this.#reachedCount, counts)
    const visits = new Float32Array(items.length)
    for (let k = 0; k < items.length; k++) {
      const count = counts[items[k]!]!
      counts[items[k]!] = 0
      visits[k] = single ? count : power(count, this.#boost)
    }
    this.#walkedCount = 0
    this.#reachedCount = 0
    this.often = 0
    return { items, visits }
  }
}

/** The items with counts, ascending. Of many touched items, looking at all is faster than sorting. */
function ascending(touched: Uint32Array, count: number, counts: Int32Array | Float64Array): Uint32Array {
  const items = touched.slice(0, count)
  if (count < counts.length / SORTING) return items.sort()
  let size = 0
  for (let item = 0; item < counts.length; item++) if (counts[item]! > 0) items[size++] = item
  return items
}

function power(base: number, exponent: number): number {
  if (exponent === 0.5) return Math.sqrt(base)
  if (exponent === 2) return base * base
  return exponent === 1 ? base : base ** exponent
}
