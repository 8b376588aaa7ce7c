/** @file Pointwise logistic loss: whether each row was wanted, regardless of the others of its request. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { logistic, type RowLoss, softplus } from './row-loss.ts'

/** Any label above 0 counts as wanted. */
export function pointwiseLoss({ rows, labels, weights }: LabelledRows): RowLoss {
  const weightOf = (row: number) => (weights ? weights[row]! : 1)
  let mass = 0
  for (let row = 0; row < rows; row++) mass += weightOf(row)
  return {
    mass,
    hasIntercept: true,
    evaluate(scores, derivatives) {
      let loss = 0
      for (let row = 0; row < rows; row++) {
        const score = scores[row]!
        const weight = weightOf(row)
        const wanted = labels[row]! > 0
        loss += weight * softplus(wanted ? -score : score)
        derivatives[row] = weight * (logistic(score) - (wanted ? 1 : 0))
      }
      return loss
    },
  }
}
