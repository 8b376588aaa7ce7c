/** @file What can go wrong when a network is built, trained or loaded. */

import { LabradorError } from '../base/errors.ts'

/** Tensors that do not fit each other: found when the graph is built. */
export class ShapeError extends LabradorError {
  readonly code = 'shape'

  constructor(expression: string, problem: string) {
    super(`${expression}: ${problem}`)
  }
}

/** A loss, weight or gradient that is no longer a number. */
export class NotFiniteError extends LabradorError {
  readonly code = 'not-finite'
  override readonly status = 500

  constructor(step: number, expression: string) {
    super(`step ${step}: ${expression} is not finite`, {
      hint: 'lower the learning rate, clip gradients, or look for wrong values in the batch',
    })
  }
}
