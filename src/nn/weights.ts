/** @file The values of a model's parameters, by name. */

import { hashText } from '../base/id-table.ts'
import { createRandom } from '../base/random.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { inOrder, isParameter, nameOf, type ParameterAttributes, type Tensor } from './tensor.ts'

export type Weights = Map<string, Float32Array>

/** Parameters that the outputs follow from, in the order of first use. */
export const parametersOf = (outputs: readonly Tensor[]) => inOrder(outputs).filter(isParameter)

/** Fresh values; each parameter draws from a stream of its own, so that adding one does not change the others. */
export function initialWeights(outputs: readonly Tensor[], seed: number): Weights {
  const weights: Weights = new Map()
  for (const tensor of parametersOf(outputs)) {
    const shape = tensor.shape as number[]
    const values = sharedFloat32(shape.reduce((size, dim) => size * dim, 1))
    const { initialise } = tensor.attributes as ParameterAttributes
    initialise(values, shape, createRandom(seed, hashText(nameOf(tensor))))
    weights.set(nameOf(tensor), values)
  }
  return weights
}
