/** @file AdamW: Adam (Kingma and Ba 2015) with weight decay apart from the gradient (Loshchilov and Hutter 2019). */

import { add, divide, multiply, subtract } from '../operators/arithmetic.ts'
import { sqrt, square } from '../operators/pointwise.ts'
import type { Optimiser } from './optimiser.ts'

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
    // Sums instead of means: 1 / (1 − β) times as large, and each spares a pass over the parameter.
    states: ['sum', 'squares'],
    // The factors of both sums and the corrections for the zeros at the start, folded into two numbers.
    scalars(step, rate) {
      const ofSquares = Math.sqrt((1 - beta2) / (1 - beta2 ** step))
      return {
        pace: (rate * (1 - beta1)) / (1 - beta1 ** step) / ofSquares,
        floor: epsilon / ofSquares,
        kept: 1 - rate * weightDecay,
      }
    },
    update({ parameter, decays, gradient, states, scalars: { pace, floor, kept } }) {
      const total = add(multiply(states[0]!, beta1), gradient)
      const squares = add(multiply(states[1]!, beta2), square(gradient))
      const move = divide(multiply(total, pace!), add(sqrt(squares), floor!))
      const from = weightDecay > 0 && decays ? multiply(parameter, kept!) : parameter
      return { parameter: subtract(from, move), states: [total, squares] }
    },
  }
}
