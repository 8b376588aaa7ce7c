/** @file A graph of symbolic tensors as one ONNX model. */

import { ShapeError } from '../errors.ts'
import { inOrder, isInput, isParameter, nameOf, type Tensor } from '../tensor.ts'
import { Emitter } from './emitter.ts'
import { type OnnxGraph, type OnnxInitialiser, type OnnxValue, onnxModel } from './model-bytes.ts'

export interface EmittedModel {
  bytes: Uint8Array
  inputs: OnnxValue[]
  outputs: OnnxValue[]
  /** Leaves by the names under which they are fed. */
  leaves: Map<string, Tensor>
}

/**
 * @param outputs by name
 * @param weights of parameters that become part of the file; all others are inputs
 */
export function emitModel(
  outputs: Readonly<Record<string, Tensor>>,
  weights: ReadonlyMap<string, Float32Array> = new Map(),
): EmittedModel {
  const order = inOrder(Object.values(outputs))
  const leaves = new Map<string, Tensor>()
  const inputs: OnnxValue[] = []
  const initialisers: OnnxInitialiser[] = []
  const emitter = new Emitter()
  for (const tensor of order) {
    if (!isInput(tensor) && !isParameter(tensor)) continue
    const name = nameOf(tensor)
    const other = leaves.get(name)
    if (other) throw new ShapeError(name, 'two different inputs or parameters have this name')
    leaves.set(name, tensor)
    const values = isParameter(tensor) ? weights.get(name) : undefined
    if (values) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      initialisers.push({ name, type: 'float32', shape: tensor.shape as number[], bytes })
      continue
    }
    inputs.push({ name, shape: tensor.shape, type: tensor.dtype })
    emitter.knowDims(name, tensor.shape)
  }
  const names = new Map<Tensor, string>()
  for (const tensor of order) {
    const given = tensor.inputs.map((child) => names.get(child) as string)
    names.set(tensor, tensor.operator.emit(emitter, given, tensor.attributes, tensor))
  }
  const results = Object.entries(outputs).map(([name, tensor]): OnnxValue => {
    // An output needs a name of its own even when it is an input passed through, or the output of two names.
    emitter.nodes.push({ operator: 'Identity', inputs: [names.get(tensor) as string], outputs: [name] })
    return { name, shape: tensor.shape, type: tensor.dtype }
  })
  const graph: OnnxGraph = {
    nodes: emitter.nodes,
    inputs,
    outputs: results,
    initialisers: [...emitter.initialisers, ...initialisers],
  }
  return { bytes: onnxModel(graph), inputs, outputs: results, leaves }
}
