/** @file Writes a network as an ordinary ONNX file: weights inside, inputs and outputs by their names. */

import { writeFileAtomic } from '../base/atomic-file.ts'
import { ShapeError } from './errors.ts'
import { emitModel } from './onnx/emit.ts'
import { showShape } from './shape.ts'
import { type InputAttributes, inOrder, isInput, nameOf, type Tensor } from './tensor.ts'
import { parametersOf, type Weights } from './weights.ts'

/**
 * Replaces the file at once; any ONNX runtime loads it.
 *
 * @param outputs by name; built for serving, without noise
 * @throws ShapeError when a parameter has no fitting weights, or an output depends on noise
 */
export async function exportModel(
  path: string,
  outputs: Readonly<Record<string, Tensor>>,
  weights: Weights,
): Promise<void> {
  const tensors = Object.values(outputs)
  for (const parameter of parametersOf(tensors)) {
    const wanted = (parameter.shape as number[]).reduce((size, dim) => size * dim, 1)
    const found = weights.get(nameOf(parameter))?.length
    if (found !== wanted)
      throw new ShapeError(
        `${nameOf(parameter)} ${showShape(parameter.shape)}`,
        `${found ?? 'no'} weights for it`,
      )
  }
  for (const leaf of inOrder(tensors).filter(isInput))
    if ((leaf.attributes as InputAttributes).isNoise)
      throw new ShapeError(nameOf(leaf), 'noise is for training: export what was built for serving')
  await writeFileAtomic(path, emitModel(outputs, weights).bytes)
}
