/** @file A perceptron of several layers. */

import { heUniform } from '../initialisers.ts'
import { relu } from '../operators/pointwise.ts'
import type { Initialiser, Tensor } from '../tensor.ts'
import { dropout } from './dropout.ts'
import type { Layer } from './layer.ts'
import { linear } from './linear.ts'

export interface MlpOptions {
  /** relu when left out. */
  activation?: (x: Tensor) => Tensor
  /** Also after the last layer; false when left out: the last one gives logits or vectors. */
  activateLast?: boolean
  /** Of the hidden values, while training; 0 when left out. */
  dropout?: number
  /** Makes a layer for the hidden values, before the activation: `layerNorm`, `rmsNorm`. */
  norm?: (name: string) => Layer
  /** Of the matrices; He's when left out. */
  initialise?: Initialiser
  /** Of the last matrix alone; zeros make what the layers are added to begin as it is. */
  initialiseLast?: Initialiser
}

/** [… , in] → [… , last of widths]: linear, norm, activation, dropout; again and again. Parameters `name/0/weight` … */
export function mlp(name: string, widths: readonly number[], options: MlpOptions = {}): Layer {
  const { activation = relu, activateLast = false, norm, initialise = heUniform } = options
  const last = options.initialiseLast ?? initialise
  const steps = widths.map((width, k) => ({
    linear: linear(`${name}/${k}`, width, { initialise: k < widths.length - 1 ? initialise : last }),
    isHidden: activateLast || k < widths.length - 1,
    norm: norm?.(`${name}/${k}/norm`),
    dropout: dropout(`${name}/${k}`, options.dropout ?? 0),
  }))
  return (x, training) =>
    steps.reduce((values, step) => {
      const product = step.linear(values)
      if (!step.isHidden) return product
      return step.dropout(activation(step.norm ? step.norm(product) : product), training)
    }, x)
}
