/** @file Opens an ONNX file, of whatever origin, that has to have the inputs and outputs that are declared for it. */

import { existsSync } from 'node:fs'
import { type InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node'
import { InvalidFileError, UnavailableError } from '../../base/errors.ts'
import { ShapeError } from '../errors.ts'
import { bound, openDirect } from '../graph-session.ts'
import { openSession, type SessionOptions } from '../session.ts'
import { type Shape, showShape } from '../shape.ts'
import { checkSignature, type ModelType, nameInFile, type Port, type Signature, typeOf } from './signature.ts'

export type ModelArray = Float32Array | Int32Array | BigInt64Array | Uint8Array

/** Row-major values by the names of the signature. */
export type ModelArrays = Readonly<Record<string, ModelArray>>

export interface OpenModel {
  /**
   * @param rows size of the axis "batch", which comes first; all other sizes are known
   * @throws ShapeError when an array is missing, of another type or length
   */
  run(arrays: ModelArrays, rows: number): Promise<Record<string, ModelArray>>
  close(): Promise<void>
}

export const arrayTypes = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const satisfies Record<ModelType, unknown>

/**
 * @param model path of an ONNX file, or what is in one
 * @throws InvalidFileError when it is no ONNX file, or says what is missing in it; UnavailableError without the device
 */
export async function openModel(
  model: string | Uint8Array,
  signature: Signature,
  options: SessionOptions = {},
): Promise<OpenModel> {
  for (const ports of [signature.inputs, signature.outputs])
    for (const [name, { shape }] of Object.entries(ports)) rowLength(name, shape)
  const name = typeof model === 'string' ? model : 'the model'
  if (typeof model === 'string' && !existsSync(model))
    throw new InvalidFileError(name, 'there is no such file')
  // ONNX Runtime reads no shared memory: bytes are copied.
  const bytes = typeof model === 'string' ? model : model.slice()
  const [inputs, outputs] = [Object.entries(signature.inputs), Object.entries(signature.outputs)]
  const graph = { bytes, inputs: inputs.map(portOf), outputs: outputs.map(portOf) }
  const checked = await openChecked(bytes, name, signature, options)
  const direct = openDirect(graph, options)
  if (direct) await checked.release()
  const session = direct ?? bound(checked, graph)
  return {
    async run(arrays, rows) {
      const tensors = (ports: [string, Port][], valuesOf: (name: string, port: Port) => ModelArray) =>
        Object.fromEntries(
          ports.map(([name, port]) => [nameInFile(name, port), tensorOf(port, valuesOf(name, port), rows)]),
        )
      const feeds = tensors(inputs, (name, port) => checkedArray(name, port, arrays[name], rows))
      const results: Record<string, ModelArray> = {}
      const into = tensors(outputs, (name, { type = 'float32', shape }) => {
        results[name] = new arrayTypes[type](rows * rowLength(name, shape))
        return results[name]
      })
      await session.run(feeds, into)
      return results
    },
    close: () => session.close(),
  }
}

const portOf = ([name, port]: [string, Port]) => ({ name: nameInFile(name, port), type: typeOf(port) })

const tensorOf = (port: Port, values: ModelArray, rows: number) =>
  new OnnxTensor(typeOf(port), values as Float32Array, [rows, ...(port.shape.slice(1) as number[])])

async function openChecked(
  model: string | Uint8Array,
  name: string,
  signature: Signature,
  options: SessionOptions,
): Promise<InferenceSession> {
  const session = await open(model, name, options)
  try {
    checkSignature(name, session, signature)
    return session
  } catch (error) {
    await session.release()
    throw error
  }
}

async function open(
  model: string | Uint8Array,
  name: string,
  options: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await openSession(model, options)
  } catch (cause) {
    if (cause instanceof UnavailableError) throw cause
    throw new InvalidFileError(name, `not a usable ONNX file (${(cause as Error).message})`, { cause })
  }
}

/** Values of one row. @throws ShapeError unless the first axis has a name and all others a size */
export function rowLength(name: string, shape: Shape): number {
  if (typeof shape[0] !== 'string' || shape.slice(1).some((dim) => typeof dim === 'string'))
    throw new ShapeError(
      `${name} ${showShape(shape)}`,
      'the first axis is that of the rows, all others have sizes',
    )
  return (shape.slice(1) as number[]).reduce((size, dim) => size * dim, 1)
}

/** @throws ShapeError when it is not there, of another type, or not of so many rows */
export function checkedArray(
  name: string,
  port: Port,
  values: ModelArray | undefined,
  rows: number,
): ModelArray {
  const expression = `${name} ${showShape(port.shape)}`
  if (!values) throw new ShapeError(expression, 'no values are given')
  if (!(values instanceof arrayTypes[typeOf(port)]))
    throw new ShapeError(expression, `expected ${typeOf(port)}`)
  const wanted = rows * rowLength(name, port.shape)
  if (values.length !== wanted) throw new ShapeError(expression, `${values.length} values for ${rows} rows`)
  return values
}
