/** @file A graph of symbolic tensors as one ONNX model. */

import { ShapeError } from '../errors.ts'
import { inOrder, isInput, isParameter, nameOf, type Tensor } from '../tensor.ts'
import { Emitter, type Products } from './emitter.ts'
import { type OnnxInitialiser, type OnnxNode, type OnnxValue, onnxModel } from './model-bytes.ts'

export interface EmittedModel {
  bytes: Uint8Array
  inputs: OnnxValue[]
  outputs: OnnxValue[]
}

/** Parameters that are fed as one array in which they lie one after the other. */
export interface Pack {
  /** An input of one axis. */
  whole: Tensor
  members: readonly Tensor[]
}

/**
 * @param outputs by name
 * @param weights of parameters that become part of the file; all others are inputs
 * @throws ShapeError when two leaves, or a leaf and an output, have one name
 */
export function emitModel(
  outputs: Readonly<Record<string, Tensor>>,
  weights: ReadonlyMap<string, Float32Array> = new Map(),
  packs: readonly Pack[] = [],
  products: Products = 'float32',
): EmittedModel {
  const order = inOrder([...packs.map(({ whole }) => whole), ...Object.values(outputs)])
  const emitter = new Emitter(products)
  const names = new Map<Tensor, string>()
  const packed = new Set(packs.flatMap(({ members }) => members))
  const leaves = leavesOf(order, Object.keys(outputs)).filter((leaf) => !packed.has(leaf))
  const isFixed = (leaf: Tensor) => isParameter(leaf) && weights.has(nameOf(leaf))
  const inputs = leaves.filter((leaf) => !isFixed(leaf)).map((leaf) => onnxValue(nameOf(leaf), leaf))
  for (const { name, shape } of inputs) emitter.knowDims(name, shape)
  for (const pack of packs) unpack(emitter, pack, names)
  for (const tensor of order) {
    if (names.has(tensor)) continue
    const given = tensor.inputs.map((child) => names.get(child) as string)
    names.set(tensor, tensor.operator.emit(emitter, given, tensor.attributes, tensor))
  }
  const results = Object.entries(outputs).map(([name, tensor]) => onnxValue(name, tensor))
  const nodes = withOutputs(
    emitter.nodes,
    Object.entries(outputs).map(([name, tensor]) => [names.get(tensor) as string, name]),
  )
  const fixed = leaves.filter(isFixed).map((leaf) => initialiserOf(leaf, weights.get(nameOf(leaf))!))
  const initialisers = [...emitter.initialisers, ...fixed]
  // Those of outputs stand there already, under other names.
  const made = new Set(nodes.flatMap((node) => node.outputs))
  const values = emitter.values.filter(({ name }) => made.has(name))
  const bytes = onnxModel({ nodes, inputs, outputs: results, initialisers, values })
  return { bytes, inputs, outputs: results }
}

const onnxValue = (name: string, { shape, dtype }: Tensor): OnnxValue => ({ name, shape, type: dtype })

function initialiserOf(leaf: Tensor, values: Float32Array): OnnxInitialiser {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return { name: nameOf(leaf), type: 'float32', shape: leaf.shape as number[], bytes }
}

/** Inputs and parameters, each with a name of its own. */
function leavesOf(order: readonly Tensor[], outputs: readonly string[]): Tensor[] {
  const leaves = order.filter((tensor) => isInput(tensor) || isParameter(tensor))
  const taken = new Set<string>()
  for (const name of leaves.map(nameOf)) {
    if (taken.has(name)) throw new ShapeError(name, 'two different inputs or parameters have this name')
    taken.add(name)
  }
  const both = outputs.find((name) => taken.has(name))
  if (both !== undefined) throw new ShapeError(both, 'an output has the name of an input or a parameter')
  return leaves
}

/** Cuts the array of a pack into its members. */
function unpack(emitter: Emitter, { whole, members }: Pack, names: Map<Tensor, string>): void {
  const sizes = members.map(({ shape }) => (shape as number[]).reduce((size, dim) => size * dim, 1))
  const given = [nameOf(whole), emitter.integers(sizes)]
  const parts = emitter.nodeOfMany('Split', given, { axis: 0 }, members.length)
  members.forEach((member, k) => {
    const isFlat = member.shape.length === 1
    const name = isFlat ? parts[k]! : emitter.node('Reshape', [parts[k]!, emitter.shape(member.shape)])
    names.set(member, name)
  })
}

/**
 * The nodes with results under the names of outputs.
 *
 * A leaf that is passed through, and the second of two names of one result, are copied; all others are computed where
 * they are wanted.
 */
function withOutputs(nodes: readonly OnnxNode[], wanted: readonly (readonly [string, string])[]): OnnxNode[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs))
  const renamed = new Map<string, string>()
  const copies: OnnxNode[] = []
  for (const [name, output] of wanted) {
    if (made.has(name) && !renamed.has(name)) renamed.set(name, output)
    else copies.push({ operator: 'Identity', inputs: [name], outputs: [output] })
  }
  const rename = (name: string) => renamed.get(name) ?? name
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }))
}
