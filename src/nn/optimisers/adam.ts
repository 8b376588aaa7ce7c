/** @file AdamW: Adam (Kingma and Ba 2015) with weight decay apart from the gradient (Loshchilov and Hutter 2019). */

import { add, divide, multiply, subtract } from '../operators/arithmetic.ts'
import { sqrt, square } from '../operators/pointwise.ts'
import { decays, type Optimiser } from './optimiser.ts'

export interface AdamOptions {
  beta1?: number
  beta2?: number
  epsilon?: number
  /** Share of a parameter that goes in a step of rate 1. */
  weightDecay?: number
}

export function adamW({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0,
}: AdamOptions = {}): Optimiser {
  return {
    name: 'adamw',
    states: ['mean', 'square'],
    // Both corrections for the zeros at the start, folded into two numbers.
    scalars: (step, rate) => ({
      pace: rate / (1 - beta1 ** step),
      spread: 1 / Math.sqrt(1 - beta2 ** step),
      kept: 1 - rate * weightDecay,
    }),
    update({ parameter, gradient, states, scalars: { pace, spread, kept } }) {
      const mean = add(multiply(states[0]!, beta1), multiply(gradient, 1 - beta1))
      const squares = add(multiply(states[1]!, beta2), multiply(square(gradient), 1 - beta2))
      const move = divide(multiply(mean, pace!), add(multiply(sqrt(squares), spread!), epsilon))
      const from = weightDecay > 0 && decays(parameter) ? multiply(parameter, kept!) : parameter
      return { parameter: subtract(from, move), states: [mean, squares] }
    },
  }
}
