/** @file Cross-entropy of a list's scores with its labels (ListNet's top-one form, Cao et al. 2007). */

import { divide, multiply, negate } from '../operators/arithmetic.ts'
import { maximum } from '../operators/comparison.ts'
import { NEVER } from '../operators/masked-softmax.ts'
import { sum } from '../operators/movement.ts'
import { logSoftmax } from '../operators/softmax.ts'
import type { Tensor } from '../tensor.ts'
import { inLists, type Lists } from './lists.ts'
import { meanLoss } from './loss.ts'

/** −Σ (label / Σ labels) · log softmax(scores), the mean over lists; a list without relevant items counts 0. */
export function listSoftmax(lists: Lists): Tensor {
  const labels = inLists(lists.labels, lists, 0)
  const shares = divide(labels, maximum(sum(labels, [1], true), 1e-9))
  const scores = logSoftmax(inLists(lists.scores, lists, NEVER))
  return meanLoss(negate(sum(multiply(shares, scores), [1])))
}
