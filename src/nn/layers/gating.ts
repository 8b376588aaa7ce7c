/** @file Features made louder or softer by a context (Chang et al. 2023, PEPNet's gate). */

import { multiply } from '../operators/arithmetic.ts'
import { relu, sigmoid } from '../operators/pointwise.ts'
import type { Tensor } from '../tensor.ts'
import { forWidth } from './layer.ts'
import { mlp } from './mlp.ts'

export interface GatingOptions {
  /** Widths of hidden layers between the context and the gate; none when left out. */
  hidden?: readonly number[]
  /** The largest factor; 2 when left out, so that a gate of no opinion leaves a value as it is. */
  most?: number
}

/** x ⊙ most · σ(mlp(context)); the context is x itself when left out. Parameters `name/0/weight` … */
export function gating(name: string, { hidden = [], most = 2 }: GatingOptions = {}) {
  const gate = forWidth(name, (width) => mlp(name, [...hidden, width], { activation: relu }))
  return (x: Tensor, context: Tensor = x): Tensor => multiply(x, multiply(sigmoid(gate(x)(context)), most))
}
