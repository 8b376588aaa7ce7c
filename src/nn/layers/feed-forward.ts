/** @file What a transformer does at each place by itself: wider, bent, and back. */

import { multiply } from '../operators/arithmetic.ts'
import { gelu } from '../operators/pointwise.ts'
import type { Tensor } from '../tensor.ts'
import { dropout } from './dropout.ts'
import { forWidth, type Layer } from './layer.ts'
import { linear } from './linear.ts'

export interface FeedForwardOptions {
  /** Four times the width when left out. */
  hidden?: number
  /** gelu when left out. */
  activation?: (x: Tensor) => Tensor
  /** The bent values multiply others, unbent: with silu this is swiglu (Shazeer 2020). False when left out. */
  gated?: boolean
  /** Of the hidden values, while training; 0 when left out. */
  dropout?: number
}

/** [… , width] → [… , width]. Parameters `name/in`, `name/out`, and `name/gate` where gated. */
export function feedForward(name: string, options: FeedForwardOptions = {}): Layer {
  const { activation = gelu, gated = false } = options
  const drop = dropout(name, options.dropout ?? 0)
  const layers = forWidth(name, (width) => {
    const hidden = options.hidden ?? 4 * width
    return {
      into: linear(`${name}/in`, hidden),
      gate: gated ? linear(`${name}/gate`, hidden) : null,
      out: linear(`${name}/out`, width),
    }
  })
  return (x, training) => {
    const { into, gate, out } = layers(x)
    const hidden = gate ? multiply(activation(gate(x)), into(x)) : activation(into(x))
    return out(drop(hidden, training))
  }
}
