/**
 * @file Writes a small ONNX model as bytes: just enough of the protobuf wire format for a graph of float32 operators.
 *
 * Field numbers are those of onnx.proto3 (ONNX IR version 9).
 */

/** One operator; attributes are integers or, where written as `{ float }`, floats. */
export interface OnnxNode {
  operator: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, number | { float: number }>>
}

/** A graph whose inputs and outputs are float32 tensors of any size. */
export interface OnnxGraph {
  nodes: readonly OnnxNode[]
  inputs: readonly string[]
  outputs: readonly string[]
  /** Number of dimensions by name; 2 where it is left out. */
  ranks?: Readonly<Record<string, number>>
}

const IR_VERSION = 9
const OPERATOR_SET = 17
const FLOAT32 = 1
const ATTRIBUTE_FLOAT = 1
const ATTRIBUTE_INTEGER = 2

/** @returns a serialised ModelProto */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  const tensor = (name: string) => tensorBytes(name, graph.ranks?.[name] ?? 2)
  const graphBytes = [
    ...graph.nodes.flatMap((node) => bytesField(1, nodeBytes(node))),
    ...textField(2, 'graph'),
    ...graph.inputs.flatMap((name) => bytesField(11, tensor(name))),
    ...graph.outputs.flatMap((name) => bytesField(12, tensor(name))),
  ]
  return Uint8Array.from([
    ...integerField(1, IR_VERSION),
    ...bytesField(8, [...textField(1, ''), ...integerField(2, OPERATOR_SET)]),
    ...bytesField(7, graphBytes),
  ])
}

function nodeBytes({ operator, inputs, outputs, attributes = {} }: OnnxNode): number[] {
  return [
    ...inputs.flatMap((name) => textField(1, name)),
    ...outputs.flatMap((name) => textField(2, name)),
    ...textField(4, operator),
    ...Object.entries(attributes).flatMap(([name, value]) => bytesField(5, attributeBytes(name, value))),
  ]
}

function attributeBytes(name: string, value: number | { float: number }): number[] {
  if (typeof value === 'number')
    return [...textField(1, name), ...integerField(3, value), ...integerField(20, ATTRIBUTE_INTEGER)]
  return [...textField(1, name), ...floatField(2, value.float), ...integerField(20, ATTRIBUTE_FLOAT)]
}

/** A ValueInfoProto: a float32 tensor whose dimensions are all free. */
function tensorBytes(name: string, rank: number): number[] {
  const dimensions = Array.from({ length: rank }, (_, axis) => bytesField(1, textField(2, `${name}-${axis}`)))
  const tensor = [...integerField(1, FLOAT32), ...bytesField(2, dimensions.flat())]
  return [...textField(1, name), ...bytesField(2, bytesField(1, tensor))]
}

const textField = (field: number, text: string) => bytesField(field, [...Buffer.from(text)])

function bytesField(field: number, bytes: readonly number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes]
}

const integerField = (field: number, value: number) => [...varint(field << 3), ...varint(value)]

function floatField(field: number, value: number): number[] {
  const bytes = new DataView(new ArrayBuffer(4))
  bytes.setFloat32(0, value, true)
  return [...varint((field << 3) | 5), ...new Uint8Array(bytes.buffer)]
}

/** Seven bits a byte, lowest first; the high bit says that more follow. */
function varint(value: number): number[] {
  const bytes: number[] = []
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return [...bytes, left]
    bytes.push((left & 127) | 128)
  }
}
