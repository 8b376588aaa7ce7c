/** @file Logistic loss of labels in [0, 1]: log(1 + e^s) − y·s. */

import { meanLabel, type Objective } from './objective.ts'

/** Keeps the start score finite when all labels are alike. */
const LEAST_SHARE = 1e-15

export const logistic: Objective = {
  lightGbmName: 'binary sigmoid:1',
  unit: 'row',
  labelFault: (label) => (label >= 0 && label <= 1 ? null : 'a probability, 0 … 1'),
  startScore(targets) {
    const share = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, meanLabel(targets)))
    return Math.log(share / (1 - share))
  },
  derive({ labels, weights }, scores, from, to, gradients, hessians) {
    for (let row = from; row < to; row++) {
      const weight = weights ? weights[row] : 1
      const probability = 1 / (1 + Math.exp(-scores[row]))
      gradients[row] = weight * (probability - labels[row])
      hessians[row] = weight * probability * (1 - probability)
    }
  },
}
