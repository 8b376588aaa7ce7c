/** @file Half the squared error. */

import { meanLabel, type Objective } from './objective.ts'

export const squared: Objective = {
  lightGbmName: 'regression',
  unit: 'row',
  labelFault: () => null,
  startScore: meanLabel,
  derive({ labels, weights }, scores, from, to, gradients, hessians) {
    for (let row = from; row < to; row++) {
      const weight = weights ? weights[row] : 1
      gradients[row] = weight * (scores[row] - labels[row])
      hessians[row] = weight
    }
  },
}
