/** @file Metrics of what a system shows to everybody: coverage, concentration, novelty and the long tail. */

/** Share of the catalogue that is popular enough to be its head: the most popular fifth; the rest is the long tail. */
export const HEAD_SHARE = 0.2

/** |items shown at least once| / catalogue. */
export function coverage(exposure: Uint32Array, catalogue: number): number {
  let shown = 0
  for (const count of exposure) if (count > 0) shown++
  return catalogue === 0 ? 0 : shown / catalogue
}

/**
 * Gini index of exposure over the whole catalogue, items never shown included: 0 when all items are shown equally
 * often, (n − 1) / n when one item gets everything.
 *
 * @param exposure times each item was shown; items outside the catalogue must be 0
 */
export function gini(exposure: Uint32Array, catalogue: number): number {
  const sorted = Uint32Array.from(exposure)
    .sort()
    .subarray(exposure.length - catalogue)
  let total = 0
  let weighted = 0
  sorted.forEach((count, i) => {
    total += count
    weighted += (2 * (i + 1) - catalogue - 1) * count
  })
  return total === 0 ? 0 : weighted / (catalogue * total)
}

/**
 * Self-information −log2(p) of every item, p its share of the users (or sessions) in train. Items that nobody touched
 * count as touched by one, so that the value stays finite.
 */
export function selfInformation(popularity: ArrayLike<number>, users: number): Float64Array {
  return Float64Array.from(popularity, (count) => Math.log2(Math.max(1, users) / Math.max(1, count)))
}

/**
 * 1 for items of the long tail: all but the most popular fifth of the catalogue (ties to the smaller index).
 *
 * @param eligible 1 = part of the catalogue
 */
export function longTail(popularity: ArrayLike<number>, eligible: Uint8Array): Uint8Array {
  const items: number[] = []
  eligible.forEach((flag, item) => {
    if (flag === 1) items.push(item)
  })
  items.sort((a, b) => popularity[b]! - popularity[a]! || a - b)
  const tail = Uint8Array.from(eligible)
  for (const item of items.slice(0, Math.ceil(items.length * HEAD_SHARE))) tail[item] = 0
  return tail
}

/** Mean of an item's value over everything that was shown; 0 when nothing was. */
export function meanShown(values: ArrayLike<number>, exposure: Uint32Array): number {
  let sum = 0
  let shown = 0
  for (let item = 0; item < exposure.length; item++) {
    sum += exposure[item]! * values[item]!
    shown += exposure[item]!
  }
  return shown === 0 ? 0 : sum / shown
}
