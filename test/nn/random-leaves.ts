/** @file Values for everything that an expression follows from, drawn from a seed. */

import { createRandom } from '../../src/base/random.ts'
import {
  type InputAttributes,
  inOrder,
  isInput,
  isParameter,
  nameOf,
  type Tensor,
} from '../../src/nn/tensor.ts'
import type { Leaves } from './check-gradients.ts'
import { sizeOf } from './reference.ts'

/**
 * Floats are normal, noise is uniform, truth is thrown.
 *
 * @param given values by name in place of drawn ones; for integers, which have to be given, also a bound to draw below
 */
export function randomLeaves(
  output: Tensor,
  dims: Record<string, number> = {},
  given: Record<string, readonly number[] | number> = {},
  seed = 7,
): Leaves {
  const random = createRandom(seed)
  const values: Record<string, number[]> = {}
  for (const leaf of inOrder([output])) {
    if (!isInput(leaf) && !isParameter(leaf)) continue
    const name = nameOf(leaf)
    const length = leaf.shape.reduce<number>((size, dim) => size * sizeOf(dim, dims), 1)
    const own = given[name]
    values[name] = typeof own === 'object' ? [...own] : Array.from({ length }, () => draw(leaf, own))
  }
  return { values, dims }

  function draw(leaf: Tensor, bound?: number): number {
    if (bound !== undefined) return random.below(bound)
    if (leaf.dtype === 'int32') throw new Error(`give values for ${nameOf(leaf)}`)
    if (leaf.dtype === 'bool') return random.below(2)
    return (leaf.attributes as InputAttributes).isNoise ? random.float() : random.normal()
  }
}
