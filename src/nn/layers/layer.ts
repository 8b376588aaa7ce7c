/** @file What a layer is: a function of tensors that owns parameters, made at its first call and shared by later ones. */

import { ShapeError } from '../errors.ts'
import { describe, type Tensor } from '../tensor.ts'

/**
 * The shape of the result is that of x but for the last axis.
 *
 * @param training true in the graph of the loss; left out, nothing is dropped, as in the graph that serves
 */
export type Layer = (x: Tensor, training?: boolean) => Tensor

/** @throws ShapeError when the last axis has no known size */
export function widthOf(x: Tensor, name: string): number {
  const width = x.shape.at(-1)
  if (typeof width !== 'number') throw new ShapeError(`${name} of ${describe(x)}`, 'its width is not known')
  return width
}

/**
 * Parameters that depend on the width of what they are applied to.
 *
 * @returns gives those of the first call to every later one; throws ShapeError when a later width differs
 */
export function forWidth<Parameters>(
  name: string,
  make: (width: number) => Parameters,
): (x: Tensor) => Parameters {
  let made: { width: number; parameters: Parameters } | undefined
  return (x) => {
    const width = widthOf(x, name)
    made ??= { width, parameters: make(width) }
    if (width !== made.width)
      throw new ShapeError(`${name} of ${describe(x)}`, `its parameters are for a width of ${made.width}`)
    return made.parameters
  }
}
