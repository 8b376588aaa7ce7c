/** @file Layer normalisation with a gain and a shift that are learned (Ba et al. 2016). */

import { ones, zeros } from '../initialisers.ts'
import { add, multiply } from '../operators/arithmetic.ts'
import { standardise } from '../operators/normalisation.ts'
import { parameter } from '../tensor.ts'
import { forWidth, type Layer } from './layer.ts'

/** Parameters `name/gain` and `name/shift`, as wide as the rows. */
export function layerNorm(name: string): Layer {
  const parameters = forWidth(name, (width) => ({
    gain: parameter(`${name}/gain`, [width], ones),
    shift: parameter(`${name}/shift`, [width], zeros),
  }))
  return (x) => {
    const { gain, shift } = parameters(x)
    return add(multiply(standardise(x), gain), shift)
  }
}
