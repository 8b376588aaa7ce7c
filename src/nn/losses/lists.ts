/** @file What losses over ranked lists are given. */

import { where } from '../operators/comparison.ts'
import { filled } from '../operators/movement.ts'
import type { Tensor } from '../tensor.ts'

/** Lists of candidates, padded to one length. */
export interface Lists {
  /** [lists, length]. */
  scores: Tensor
  /** How relevant each is, 0 for not at all: [lists, length]. */
  labels: Tensor
  /** What is a candidate and not padding: bool [lists, length]; all when left out. */
  mask?: Tensor
}

/** The values of candidates; `other` in the padding. */
export const inLists = (values: Tensor, { mask }: Lists, other: number) =>
  mask ? where(mask, values, other) : values

/** 1 for candidates, 0 in the padding: [lists, length]. */
export const presence = (lists: Lists) => inLists(filled(1, lists.scores.shape), lists, 0)
