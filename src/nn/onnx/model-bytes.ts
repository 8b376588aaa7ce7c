/**
 * @file Writes an ONNX model as bytes: as much of the protobuf wire format as graphs of tensors need. Field numbers are
 * those of onnx.proto3 (ONNX IR version 10).
 */

import type { Shape } from '../shape.ts'

export type OnnxType = 'float32' | 'int32' | 'int64' | 'bool'

export type OnnxAttribute = number | { float: number } | { integers: readonly number[] } | { text: string }

/** One operator; attributes are integers unless they say otherwise. */
export interface OnnxNode {
  operator: string
  /** That of ONNX itself when left out. */
  domain?: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxValue {
  name: string
  shape: Shape
  /** float32 when left out. */
  type?: OnnxType
}

/** A tensor whose values stand in the file. */
export interface OnnxInitialiser {
  name: string
  type: OnnxType
  shape: readonly number[]
  /** Little-endian, row-major. */
  bytes: Uint8Array
}

export interface OnnxGraph {
  nodes: readonly OnnxNode[]
  inputs: readonly OnnxValue[]
  outputs: readonly OnnxValue[]
  initialisers?: readonly OnnxInitialiser[]
  /** Types and shapes that do not follow from those of inputs. */
  values?: readonly OnnxValue[]
}

const IR_VERSION = 10
export const OPERATOR_SET = 20
const PRODUCER = 'labrador'
const TYPES: Record<OnnxType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 }
const ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 }

/** @returns a serialised ModelProto */
export function onnxModel({ nodes, inputs, outputs, initialisers = [], values = [] }: OnnxGraph): Uint8Array {
  const domains = new Set(nodes.flatMap(({ domain }) => domain ?? []))
  const graph = [
    ...nodes.map((node) => message(1, nodeBytes(node))),
    text(2, 'graph'),
    ...initialisers.map((values) => message(5, initialiserBytes(values))),
    ...inputs.map((value) => message(11, valueBytes(value))),
    ...outputs.map((value) => message(12, valueBytes(value))),
    ...values.map((value) => message(13, valueBytes(value))),
  ]
  return Buffer.concat([
    integer(1, IR_VERSION),
    text(2, PRODUCER),
    message(8, [text(1, ''), integer(2, OPERATOR_SET)]),
    ...[...domains].map((domain) => message(8, [text(1, domain), integer(2, 1)])),
    message(7, graph),
  ])
}

function nodeBytes({ operator, domain, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array[] {
  return [
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...(domain === undefined ? [] : [text(7, domain)]),
    ...Object.entries(attributes).map(([name, value]) => message(5, attributeBytes(name, value))),
  ]
}

function attributeBytes(name: string, value: OnnxAttribute): Uint8Array[] {
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, ATTRIBUTE.integer)]
  if ('float' in value) return [text(1, name), float(2, value.float), integer(20, ATTRIBUTE.float)]
  if ('text' in value) return [text(1, name), text(4, value.text), integer(20, ATTRIBUTE.text)]
  return [text(1, name), ...value.integers.map((each) => integer(8, each)), integer(20, ATTRIBUTE.integers)]
}

/** A ValueInfoProto; a name stands for a size that is free. */
function valueBytes({ name, shape, type = 'float32' }: OnnxValue): Uint8Array[] {
  const dims = shape.map((dim) => message(1, [typeof dim === 'number' ? integer(1, dim) : text(2, dim)]))
  const tensor = [integer(1, TYPES[type]), message(2, dims)]
  return [text(1, name), message(2, [message(1, tensor)])]
}

function initialiserBytes({ name, type, shape, bytes }: OnnxInitialiser): Uint8Array[] {
  return [...shape.map((dim) => integer(1, dim)), integer(2, TYPES[type]), text(8, name), field(9, bytes)]
}

const message = (number: number, parts: readonly Uint8Array[]) => field(number, Buffer.concat(parts))
const text = (number: number, value: string) => field(number, Buffer.from(value))

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}

const integer = (number: number, value: number) => Buffer.concat([varint(number << 3), varint(value)])

function float(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return Buffer.concat([varint((number << 3) | 5), bytes])
}

/** Seven bits a byte, lowest first; the high bit says that more follow. Negative numbers take ten bytes. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, BigInt(value))
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  bytes.push(Number(left))
  return Buffer.from(bytes)
}
