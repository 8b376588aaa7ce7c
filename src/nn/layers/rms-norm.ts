/** @file Rows of mean square 1, with a gain that is learned (Zhang and Sennrich 2019). */

import { ones } from '../initialisers.ts'
import { multiply } from '../operators/arithmetic.ts'
import { rootMeanSquare } from '../operators/normalisation.ts'
import { parameter } from '../tensor.ts'
import { forWidth, type Layer } from './layer.ts'

/** Parameter `name/gain`, as wide as the rows. */
export function rmsNorm(name: string): Layer {
  const gain = forWidth(name, (width) => parameter(`${name}/gain`, [width], ones))
  return (x) => multiply(rootMeanSquare(x), gain(x))
}
