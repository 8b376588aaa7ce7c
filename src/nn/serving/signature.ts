/** @file What a program expects of an ONNX file, and what the file says of itself. */

import type { InferenceSession } from 'onnxruntime-node'
import { InvalidFileError } from '../../base/errors.ts'
import { type Shape, showShape } from '../shape.ts'

export type ModelType = 'float32' | 'int32' | 'int64' | 'bool'

/** One input or output: `name` is that in the file, the same as ours when left out. */
export interface Port {
  name?: string
  type?: ModelType
  /** Numbers must agree; names stand for any size. The rank must agree. */
  shape: Shape
}

/** Inputs and outputs by the names that the program uses. */
export interface Signature {
  inputs: Readonly<Record<string, Port>>
  outputs: Readonly<Record<string, Port>>
}

type Metadata = InferenceSession['inputMetadata'][number]

export const typeOf = ({ type = 'float32' }: Port): ModelType => type
export const nameInFile = (name: string, port: Port) => port.name ?? name

/** @throws InvalidFileError that lists everything that is missing or other than declared */
export function checkSignature(
  file: string,
  session: InferenceSession,
  { inputs, outputs }: Signature,
): void {
  const problems = [
    ...problemsOf('input', inputs, session.inputMetadata),
    ...problemsOf('output', outputs, session.outputMetadata),
  ]
  const declared = new Set(Object.entries(inputs).map(([name, port]) => nameInFile(name, port)))
  for (const found of session.inputMetadata)
    if (!declared.has(found.name)) problems.push(`its input ${show(found)} is not declared`)
  if (problems.length > 0) throw new InvalidFileError(file, problems.join('; '))
}

function problemsOf(
  kind: 'input' | 'output',
  ports: Readonly<Record<string, Port>>,
  metadata: readonly Metadata[],
): string[] {
  const there = metadata.map(show).join(', ') || 'none'
  return Object.entries(ports).flatMap(([name, port]) => {
    const wanted = `${kind} "${nameInFile(name, port)}"`
    const found = metadata.find((each) => each.name === nameInFile(name, port))
    if (!found) return [`there is no ${wanted} (there are: ${there})`]
    const fits = found.isTensor && found.type === typeOf(port) && fitsShape(port.shape, found.shape)
    return fits ? [] : [`${wanted} is ${show(found)}, expected ${typeOf(port)} ${showShape(port.shape)}`]
  })
}

function fitsShape(wanted: Shape, found: readonly (number | string)[]): boolean {
  if (wanted.length !== found.length) return false
  // A size that the file leaves open may be named by the program, or fixed.
  return wanted.every((dim, axis) => {
    const other = found[axis]!
    return typeof other !== 'number' || other < 0 || dim === other
  })
}

function show(metadata: Metadata): string {
  if (!metadata.isTensor) return `"${metadata.name}" (no tensor)`
  const sizes = metadata.shape.map((dim) => (dim === '' || (typeof dim === 'number' && dim < 0) ? '?' : dim))
  return `"${metadata.name}" ${metadata.type} ${showShape(sizes)}`
}
