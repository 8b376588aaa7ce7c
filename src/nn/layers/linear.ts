/** @file A matrix and a shift. */

import { glorotUniform, zeros } from '../initialisers.ts'
import { affine } from '../operators/affine.ts'
import { matmul } from '../operators/matmul.ts'
import { type Initialiser, parameter } from '../tensor.ts'
import { forWidth, type Layer } from './layer.ts'

export interface LinearOptions {
  /** Adds a vector that is learned; true when left out. */
  bias?: boolean
  initialise?: Initialiser
}

/** [… , in] → [… , width]: x W + b. Parameters `name/weight` [in, width] and `name/bias` [width]. */
export function linear(name: string, width: number, options: LinearOptions = {}): Layer {
  const { bias = true, initialise = glorotUniform } = options
  const parameters = forWidth(name, (input) => ({
    weight: parameter(`${name}/weight`, [input, width], initialise),
    shift: bias ? parameter(`${name}/bias`, [width], zeros) : null,
  }))
  return (x) => {
    const { weight, shift } = parameters(x)
    return shift ? affine(x, weight, shift) : matmul(x, weight)
  }
}
