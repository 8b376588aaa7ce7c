/**
 * @file Conditions of users in a batch (conditional retrieval, Pinterest 2024). No log of requests with conditions is needed:
 * what a user took up has a value of the attribute, which could have been asked for.
 */

import { createRandom } from '../../base/random.ts'
import { sharedInt32 } from '../../base/shared.ts'

/** Stands for no condition, as for items without a value. */
export const NO_CONDITION = 0

export interface Conditions {
  /** The value of each item. */
  codes: Uint32Array
  /** Number of values, with the one that stands for none. */
  values: number
  /** Of the users in a batch, those who ask for a value. */
  share: number
}

/**
 * @param targets of each user in the batch, at least one
 * @returns what each user asks for: the value of one of the targets, or `NO_CONDITION`
 */
export function drawConditions(
  { codes, share }: Conditions,
  targets: readonly Uint32Array[],
  seed: number,
  batch: number,
): Int32Array {
  // Draws of its own: the batch is the same with conditions and without.
  const random = createRandom(seed ^ 0x636f6e64, batch)
  const asked = sharedInt32(targets.length)
  targets.forEach((own, row) => {
    const asks = random.float() < share
    asked[row] = asks ? codes[own[random.below(own.length)]!]! : NO_CONDITION
  })
  return asked
}

/**
 * Who asks for a value is to choose among the items that have it: in their rows all others are left out, targets too.
 *
 * @param labels row-major users × candidates: targets' shares in (0, 1]; changed
 * @param left what stands for a candidate that is left out
 */
export function narrowLabels(
  labels: Float32Array,
  left: number,
  asked: Int32Array,
  candidates: Uint32Array,
  { codes }: Conditions,
): void {
  asked.forEach((condition, row) => {
    if (condition === NO_CONDITION) return
    const own = labels.subarray(row * candidates.length, (row + 1) * candidates.length)
    let targets = 0
    own.forEach((label, k) => {
      if (codes[candidates[k]!] !== condition) own[k] = left
      else if (isTarget(label)) targets++
    })
    own.forEach((label, k) => {
      if (isTarget(label)) own[k] = 1 / targets
    })
  })
}

const isTarget = (label: number) => label > 0 && label <= 1
