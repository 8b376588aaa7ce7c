/** @file Batches: what the inputs of a graph are fed with. */

import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { ShapeError } from './errors.ts'
import { factorsOf, type Shape, showShape } from './shape.ts'
import type { DType } from './tensor.ts'

export type BatchArray = Float32Array | Int32Array | Uint8Array

/** Row-major values by the names of the inputs. */
export type Batch = Readonly<Record<string, BatchArray>>

/** An input of a graph as it is emitted. */
export interface BatchInput {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * Sizes of the named axes, from the lengths of the arrays.
 *
 * An input with one named axis that no other tells gives its size; what is left over is checked.
 *
 * @param given sizes that do not follow from the lengths
 * @throws ShapeError when an array is missing, of the wrong type, or does not fill a shape
 */
export function sizesOf(
  inputs: readonly BatchInput[],
  batch: Batch,
  given: Readonly<Record<string, number>> = {},
): Map<string, number> {
  const sizes = new Map(Object.entries(given))
  let open = inputs.filter(({ name }) => arrayOf(inputs, batch, name))
  for (let before = -1; open.length !== before; ) {
    before = open.length
    open = open.filter((input) => !solve(input, batch[input.name]!.length, sizes))
  }
  if (open.length > 0) {
    const [{ name, shape }] = open as [BatchInput]
    throw new ShapeError(`${name} ${showShape(shape)}`, `the sizes of its axes do not follow from the batch`)
  }
  return sizes
}

export function concreteShape(shape: Shape, sizes: ReadonlyMap<string, number>): number[] {
  return shape.map((dim) =>
    factorsOf(dim).reduce<number>(
      (size, factor) => size * (typeof factor === 'number' ? factor : (sizes.get(factor) ?? Number.NaN)),
      1,
    ),
  )
}

export function toOnnx(dtype: DType, values: BatchArray, dims: readonly number[]): OnnxTensor {
  return new OnnxTensor(dtype, values as Float32Array, dims)
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }

function arrayOf(inputs: readonly BatchInput[], batch: Batch, name: string): BatchArray {
  const input = inputs.find((each) => each.name === name) as BatchInput
  const values = batch[name]
  const expression = `${name} ${showShape(input.shape)}`
  if (!values) throw new ShapeError(expression, 'the batch does not have it')
  if (!(values instanceof ARRAYS[input.dtype])) throw new ShapeError(expression, `expected ${input.dtype}`)
  return values
}

/** @returns false when more than one size is still unknown */
function solve({ name, shape }: BatchInput, length: number, sizes: Map<string, number>): boolean {
  const unknown = new Set<string>()
  let known = 1
  for (const factor of shape.flatMap(factorsOf)) {
    const size = typeof factor === 'number' ? factor : sizes.get(factor)
    if (size === undefined) unknown.add(factor as string)
    else known *= size
  }
  if (unknown.size > 1) return false
  const [missing] = unknown
  const size = known === 0 ? 0 : length / known
  const fits =
    missing === undefined ? length === known : Number.isInteger(size) && (known > 0 || length === 0)
  if (!fits) throw new ShapeError(`${name} ${showShape(shape)}`, `${length} values do not fill it`)
  if (missing !== undefined) sizes.set(missing, size)
  return true
}
