/** @file Lion: the sign of a blend of momentum and gradient (Chen et al. 2023, "Symbolic discovery", algorithm 2). */

import { add, multiply, subtract } from '../operators/arithmetic.ts'
import { sign } from '../operators/pointwise.ts'
import type { Optimiser } from './optimiser.ts'

export interface LionOptions {
  beta1?: number
  beta2?: number
  weightDecay?: number
}

export function lion({ beta1 = 0.9, beta2 = 0.99, weightDecay = 0 }: LionOptions = {}): Optimiser {
  return {
    name: 'lion',
    states: ['momentum'],
    scalars: (_, rate) => ({ rate, kept: 1 - rate * weightDecay }),
    update({ parameter, decays, gradient, states: [momentum], scalars: { rate, kept } }) {
      const blend = add(multiply(momentum!, beta1), multiply(gradient, 1 - beta1))
      const from = weightDecay > 0 && decays ? multiply(parameter, kept!) : parameter
      return {
        parameter: subtract(from, multiply(sign(blend), rate!)),
        states: [add(multiply(momentum!, beta2), multiply(gradient, 1 - beta2))],
      }
    },
  }
}
