/**
 * @file Slates drawn by Plackett and Luce's model: slot after slot, among what is left, with probability in proportion to
 * e^score. Exact distributions by going through all slates, so for short slates from few candidates.
 */

import { InvalidOptionError } from '../../base/errors.ts'

/** Slates that are gone through at most: 12 candidates in 4 slots are 11,880. */
const MAX_SLATES = 20_000

/** The distribution of slates of one request, seen slot by slot. Slot k and candidate c stand at k · candidates + c. */
export interface SlateDistribution {
  readonly slots: number
  readonly candidates: number
  /** P(candidate c in slot k). */
  readonly marginals: Float64Array
  /** Row-major: P(c in slot k and d in slot l), the matrix E[1_s 1_sᵀ] of slates written as indicators. */
  readonly pairs: Float64Array
}

/**
 * @param scores one per candidate; −∞ is never shown
 * @throws InvalidOptionError when there are too many slates to go through
 */
export function slateDistribution(scores: Float64Array, slots: number): SlateDistribution {
  const candidates = scores.length
  let slates = 1
  for (let k = 0; k < slots; k++) slates *= candidates - k
  if (slots > candidates || slates > MAX_SLATES) {
    throw new InvalidOptionError(
      'slots',
      slots,
      `at most ${MAX_SLATES} slates of the ${candidates} candidates`,
    )
  }
  const marginals = new Float64Array(slots * candidates)
  const pairs = new Float64Array(marginals.length ** 2)
  const mass = masses(scores)
  const slate = new Uint32Array(slots)
  const used = new Uint8Array(candidates)
  const visit = (slot: number, probability: number, left: number) => {
    if (slot === slots) {
      for (let k = 0; k < slots; k++) {
        const at = k * candidates + slate[k]!
        marginals[at]! += probability
        for (let l = 0; l < slots; l++)
          pairs[at * marginals.length + l * candidates + slate[l]!]! += probability
      }
      return
    }
    for (let c = 0; c < candidates; c++) {
      if (used[c] === 1 || mass[c] === 0) continue
      used[c] = 1
      slate[slot] = c
      visit(slot + 1, probability * (mass[c]! / left), left - mass[c]!)
      used[c] = 0
    }
  }
  visit(
    0,
    1,
    mass.reduce((sum, value) => sum + value, 0),
  )
  return { slots, candidates, marginals, pairs }
}

/** The distribution of slates that are all alike, of any number of candidates. */
export function uniformSlates(candidates: number, slots: number): SlateDistribution {
  const size = slots * candidates
  const pairs = new Float64Array(size * size)
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      const isSameSlot = Math.floor(a / candidates) === Math.floor(b / candidates)
      const isSameItem = a % candidates === b % candidates
      // Of two different places with two different items: the second one is drawn from what is left.
      if (a === b) pairs[a * size + b] = 1 / candidates
      else if (!isSameSlot && !isSameItem) pairs[a * size + b] = 1 / (candidates * (candidates - 1))
    }
  }
  return { slots, candidates, marginals: new Float64Array(size).fill(1 / candidates), pairs }
}

/** The distribution of the one slate that shows candidate k in slot k. */
export function certainSlate(candidates: number, slots: number): SlateDistribution {
  const size = slots * candidates
  const marginals = new Float64Array(size)
  const pairs = new Float64Array(size * size)
  for (let k = 0; k < slots; k++) {
    marginals[k * candidates + k] = 1
    for (let l = 0; l < slots; l++) pairs[(k * candidates + k) * size + l * candidates + l] = 1
  }
  return { slots, candidates, marginals, pairs }
}

/** e^score, with the largest score as the unit. */
function masses(scores: Float64Array): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return scores.map((score) => Math.exp(score - most))
}
