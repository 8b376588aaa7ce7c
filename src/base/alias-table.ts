/** @file Walker's alias method: draws from a fixed distribution with one uniform slot and one comparison. */

import { sharedUint32 } from './shared.ts'

/** Slot i stands for i when a uniform 32-bit draw is ≤ thresholds[i], else for aliases[i]. */
export interface AliasTable {
  readonly thresholds: Uint32Array
  readonly aliases: Uint32Array
}

/** @param weights ≥ 0, not all 0; weight 0 is never drawn */
export function aliasTable(weights: ArrayLike<number>): AliasTable {
  const count = weights.length
  let total = 0
  for (let i = 0; i < count; i++) total += weights[i]
  const share = Float64Array.from(weights, (weight) => (weight * count) / total)
  const thresholds = sharedUint32(count).fill(0xffffffff)
  const aliases = sharedUint32(count)
  const small: number[] = []
  const large: number[] = []
  for (let i = 0; i < count; i++) {
    aliases[i] = i
    ;(share[i] < 1 ? small : large).push(i)
  }
  while (small.length > 0 && large.length > 0) {
    const low = small.pop() as number
    const high = large[large.length - 1]
    thresholds[low] = Math.max(0, Math.round(share[low] * 2 ** 32) - 1)
    aliases[low] = high
    share[high] -= 1 - share[low]
    if (share[high] < 1) {
      large.pop()
      small.push(high)
    }
  }
  // Rounding leaves a few behind, whose share is 1 but for an error; weight 0 must still never be drawn.
  const anyone = weights.length > 0 ? indexOfLargest(weights) : 0
  for (const i of small) if (weights[i] === 0) aliases[i] = anyone
  for (let i = 0; i < count; i++) if (weights[i] === 0 && aliases[i] !== i) thresholds[i] = 0
  return { thresholds, aliases }
}

function indexOfLargest(weights: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < weights.length; i++) if (weights[i] > weights[best]) best = i
  return best
}
