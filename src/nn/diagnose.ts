/** @file Finds where a graph stopped being finite: the first expression whose values are not, although its inputs are. */

import type { Tensor as OnnxTensor } from 'onnxruntime-node'
import { gradients } from './gradients.ts'
import { emitModel } from './onnx/emit.ts'
import { type Precision, productsOf } from './precision.ts'
import { openSession, type SessionOptions } from './session.ts'
import { describe, INSIDE, inOrder, nameOf, type Tensor } from './tensor.ts'
import { parametersOf } from './weights.ts'

export interface DiagnoseOptions extends SessionOptions {
  precision?: Precision
}

const VALUE = `${INSIDE}value/`

/**
 * @param rows inputs that gradients are asked for
 * @param feeds that made it so
 * @returns the expression, or whose gradient it is when every value of the loss is finite
 */
export async function firstNotFinite(
  loss: Tensor,
  rows: readonly Tensor[],
  feeds: Readonly<Record<string, OnnxTensor>>,
  options: DiagnoseOptions,
): Promise<string> {
  const floats = inOrder([loss]).filter(({ dtype }) => dtype === 'float32')
  const value = await firstAmong(floats, feeds, options)
  if (value >= 0) return describe(floats[value]!)
  const leaves = [...parametersOf([loss]), ...rows]
  const gradient = await firstAmong(gradients(loss, leaves), feeds, options)
  return gradient < 0 ? 'the sum of gradients' : `the gradient of ${nameOf(leaves[gradient]!)}`
}

/** @returns place of the first tensor with a value that is not finite, or −1 */
async function firstAmong(
  tensors: readonly Tensor[],
  feeds: Readonly<Record<string, OnnxTensor>>,
  { precision = 'float32', ...options }: DiagnoseOptions,
): Promise<number> {
  const { bytes, inputs } = emitModel(
    Object.fromEntries(tensors.map((tensor, k) => [`${VALUE}${k}`, tensor])),
    undefined,
    [],
    productsOf(precision, options.device ?? 'cpu'),
  )
  const session = await openSession(bytes, options)
  try {
    const results = await session.run(Object.fromEntries(inputs.map(({ name }) => [name, feeds[name]!])))
    return tensors.findIndex(
      (_, k) => !(results[`${VALUE}${k}`]!.data as Float32Array).every(Number.isFinite),
    )
  } finally {
    await session.release()
  }
}
