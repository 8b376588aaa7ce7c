/** @file Adagrad (Duchi et al. 2011). */

import { add, divide, multiply, subtract } from '../operators/arithmetic.ts'
import { sqrt, square } from '../operators/pointwise.ts'
import type { Optimiser } from './optimiser.ts'

export function adagrad({ epsilon = 1e-10 }: { epsilon?: number } = {}): Optimiser {
  return {
    name: 'adagrad',
    states: ['squares'],
    scalars: (_, rate) => ({ rate }),
    update({ parameter, gradient, states, scalars: { rate } }) {
      const squares = add(states[0]!, square(gradient))
      const move = divide(multiply(gradient, rate!), add(sqrt(squares), epsilon))
      return { parameter: subtract(parameter, move), states: [squares] }
    },
  }
}
