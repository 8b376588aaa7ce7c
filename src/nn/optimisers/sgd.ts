/** @file Stochastic gradient descent, with momentum as PyTorch defines it (Sutskever et al. 2013, with the rate outside). */

import { add, multiply, subtract } from '../operators/arithmetic.ts'
import type { Optimiser } from './optimiser.ts'

export interface SgdOptions {
  /** 0 keeps no state. */
  momentum?: number
  weightDecay?: number
}

export function sgd({ momentum = 0, weightDecay = 0 }: SgdOptions = {}): Optimiser {
  return {
    name: 'sgd',
    states: momentum > 0 ? ['momentum'] : [],
    scalars: (_, rate) => ({ rate }),
    update({ parameter, decays, gradient, states, scalars: { rate } }) {
      const pull = weightDecay > 0 && decays ? add(gradient, multiply(parameter, weightDecay)) : gradient
      const velocity = momentum > 0 ? add(multiply(states[0]!, momentum), pull) : pull
      return {
        parameter: subtract(parameter, multiply(velocity, rate!)),
        states: momentum > 0 ? [velocity] : [],
      }
    },
  }
}
