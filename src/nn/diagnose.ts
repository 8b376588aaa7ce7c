/** @file Finds where a graph stopped being finite: the first expression whose values are not, although its inputs are. */

import type { Tensor as OnnxTensor } from 'onnxruntime-node'
import { emitModel } from './onnx/emit.ts'
import { openSession, type SessionOptions } from './session.ts'
import { describe, inOrder, type Tensor } from './tensor.ts'

/**
 * @param feeds that made it so
 * @returns the expression; "its gradients" when every value of the loss is finite
 */
export async function firstNotFinite(
  loss: Tensor,
  feeds: Readonly<Record<string, OnnxTensor>>,
  options: SessionOptions,
): Promise<string> {
  const floats = inOrder([loss]).filter(({ dtype }) => dtype === 'float32')
  const { bytes, inputs } = emitModel(Object.fromEntries(floats.map((tensor, k) => [`value/${k}`, tensor])))
  const session = await openSession(bytes, options)
  try {
    const results = await session.run(Object.fromEntries(inputs.map(({ name }) => [name, feeds[name]!])))
    const at = floats.findIndex(
      (_, k) => !(results[`value/${k}`]!.data as Float32Array).every(Number.isFinite),
    )
    return at < 0 ? 'its gradient' : describe(floats[at]!)
  } finally {
    await session.release()
  }
}
