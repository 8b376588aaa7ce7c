/** @file Operators that move values without changing them, and the sum that undoes a stretch. */

import type { Emitter } from '../onnx/emitter.ts'
import {
  axisOf,
  broadcastShapes,
  type Dim,
  type Shape,
  sameShape,
  showShape,
  stretchedAxes,
  timesDims,
} from '../shape.ts'
import {
  apply,
  constant,
  type Fail,
  type Operand,
  type Operator,
  onlyFloats,
  type Tensor,
  toTensor,
} from '../tensor.ts'

const reshapeOperator: Operator<{ shape: Shape }> = {
  name: 'reshape',
  infer([x], { shape }, fail) {
    const wanted = timesDims(shape)
    const has = timesDims(x!.shape)
    if (wanted !== has) fail(`${has} values do not fill ${showShape(shape)} (${wanted})`)
    return { shape, dtype: x!.dtype }
  },
  emit: (emitter, [x], { shape }) => emitReshape(emitter, x!, shape),
  gradient: ({ inputs: [x] }, upstream) => [reshape(upstream, x!.shape)],
}
function emitReshape(emitter: Emitter, x: string, shape: Shape): string {
  const free = shape.filter((dim) => typeof dim === 'string').length
  const sizes = shape.map((dim) => (typeof dim === 'string' ? -1 : dim))
  if (free <= 1) return emitter.node('Reshape', [x, emitter.integers(sizes)])
  // A size of 0 is one: without this, ONNX takes it as "that of the input".
  return emitter.node('Reshape', [x, emitter.shape(shape)], { allowzero: 1 })
}

/** The same values in the same order. */
export const reshape = (x: Tensor, shape: Shape) =>
  sameShape(x.shape, shape) ? x : apply(reshapeOperator, [x], { shape })

const transposeOperator: Operator<{ order: readonly number[] }> = {
  name: 'transpose',
  infer([x], { order }, fail) {
    const axes = [...order].sort((a, b) => a - b)
    if (axes.length !== x!.shape.length || axes.some((axis, k) => axis !== k))
      fail(`[${order}] is not an order of the ${x!.shape.length} axes`)
    return { shape: order.map((axis) => x!.shape[axis]!), dtype: x!.dtype }
  },
  emit: (emitter, [x], { order }) => emitter.node('Transpose', [x!], { perm: { integers: order } }),
  gradient(_, upstream, { order }) {
    const back = order.map((_, axis) => order.indexOf(axis))
    return [transpose(upstream, back)]
  },
}
/** @param order axis k of the result is axis order[k] of x; the last two swapped when left out */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const axes = x.shape.map((_, axis) => axis)
  const swapped = [...axes.slice(0, -2), ...axes.slice(-2).reverse()]
  return apply(transposeOperator, [x], { order: order ?? swapped })
}

const expandOperator: Operator<{ shape: Shape }> = {
  name: 'expand',
  pointwise: 'same',
  infer([x], { shape }, fail) {
    const both = broadcastShapes(x!.shape, shape)
    if (!both || !sameShape(both, shape)) fail(`cannot be stretched to ${showShape(shape)}`)
    return { shape, dtype: x!.dtype }
  },
  emit: (emitter, [x], { shape }) => emitter.node('Expand', [x!, emitter.shape(shape)]),
  gradient: ({ inputs: [x] }, upstream) => [sumTo(upstream, x!.shape)],
}
/** Repeats along axes of size 1, and along new axes in front. */
export function expand(x: Operand, shape: Shape): Tensor {
  const tensor = toTensor(x)
  return sameShape(tensor.shape, shape) ? tensor : apply(expandOperator, [tensor], { shape })
}

const sumOperator: Operator<{ axes: readonly number[]; keep: boolean }> = {
  name: 'sum',
  infer: inferReduced,
  emit(emitter, [x], { axes, keep }, { inputs, shape }) {
    const { shape: given } = inputs[0]!
    const isOfRows = axes.length < given.length && axes.every((axis) => axis < axes.length)
    if (isOfRows) return emitSumOfRows(emitter, x!, given, axes.length, shape)
    return emitter.node('ReduceSum', [x!, emitter.integers(axes)], { keepdims: Number(keep) })
  },
  gradient({ inputs: [x] }, upstream, { axes }) {
    return [expand(reshape(upstream, reducedShape(x!.shape, axes, true)), x!.shape)]
  },
}
/** The sum along the first axes: ONNX Runtime multiplies rows by ones in a third of the time in which it adds them up. */
function emitSumOfRows(emitter: Emitter, x: string, given: Shape, axes: number, shape: Shape): string {
  const [rows, columns] = [timesDims(given.slice(0, axes)), timesDims(given.slice(axes))]
  const [ones] = emitter.once(`${rows} ones`, () => [
    emitter.node('Expand', [emitter.scalar(1), emitter.shape([rows])]),
  ])
  const flat = given.length === 2 ? x : emitReshape(emitter, x, [rows, columns])
  const sums = emitter.node('MatMul', [ones!, flat])
  return shape.length === 1 ? sums : emitReshape(emitter, sums, shape)
}

/** @param axes all when left out; @param keep leaves axes of size 1 in their place */
export function sum(x: Tensor, axes?: readonly number[], keep = false): Tensor {
  const reduced = reducedAxes(x, axes)
  // Without axes, ONNX would take all.
  return reduced.length === 0 ? x : apply(sumOperator, [x], { axes: reduced, keep })
}

/** The gradient of a stretch: what was repeated is summed. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const axes = stretchedAxes(shape, x.shape)
  return axes.length === 0 ? x : reshape(sum(x, axes), shape)
}

/** Axes as numbers from 0, all when none are given. */
export function reducedAxes(x: Tensor, axes?: readonly number[]): number[] {
  if (!axes) return x.shape.map((_, axis) => axis)
  return axes.map((axis) => axisOf(axis, x.shape.length) ?? axis)
}

/** Shape rule of what reduces axes. */
export function inferReduced(
  inputs: readonly Tensor[],
  { axes, keep }: { axes: readonly number[]; keep: boolean },
  fail: Fail,
) {
  const [{ shape }] = inputs as [Tensor]
  onlyFloats(inputs, fail)
  const missing = axes.find((axis) => axis < 0 || axis >= shape.length)
  if (missing !== undefined) fail(`there is no axis ${missing}`)
  return { shape: reducedShape(shape, axes, keep) }
}

export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Dim[] {
  const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
  return keep ? kept : kept.filter((_, axis) => !axes.includes(axis))
}

const sliceOperator: Operator<{ axis: number; from: number; to: number }> = {
  name: 'slice',
  infer([x], { axis, from, to }, fail) {
    const size = x!.shape[axis]
    if (typeof size === 'number' ? to > size : to > 0) fail(`${from} … ${to} is outside of axis ${axis}`)
    const length = sliceLength(size!, from, to)
    if (length === null) fail(`${from} … ${to} is not a range of axis ${axis}`)
    return { shape: x!.shape.map((dim, at) => (at === axis ? (length as Dim) : dim)), dtype: x!.dtype }
  },
  emit(emitter, [x], { axis, from, to }) {
    return emitter.node('Slice', [x!, ...[from, to, axis].map((value) => emitter.integers([value]))])
  },
  gradient({ inputs: [x] }, upstream, { axis, from, to }) {
    return [pad(upstream, axis, from, (x!.shape[axis] as number) - to)]
  },
}
/** The part from … to of one axis whose size is known. */
export function slice(x: Tensor, axis: number, from: number, to: number): Tensor {
  return apply(sliceOperator, [x], { axis: axisOf(axis, x.shape.length) ?? axis, from, to })
}

function sliceLength(size: Dim, from: number, to: number): number | null {
  return typeof size === 'number' && from >= 0 && to > from ? to - from : null
}

const padOperator: Operator<{ axis: number; before: number; after: number }> = {
  name: 'pad',
  infer([x], { axis, before, after }, fail) {
    const size = x!.shape[axis]
    onlyFloats([x!], fail)
    if (typeof size !== 'number') fail(`axis ${axis} has no known size`)
    return { shape: x!.shape.map((dim, at) => (at === axis ? before + (size as number) + after : dim)) }
  },
  emit(emitter, [x], { axis, before, after }) {
    return emitter.node('Pad', [x!, emitter.integers([before, after]), '', emitter.integers([axis])])
  },
  gradient({ inputs: [x] }, upstream, { axis, before }) {
    return [slice(upstream, axis, before, before + (x!.shape[axis] as number))]
  },
}
/** Zeros before and after the values along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x
  return apply(padOperator, [x], { axis: axisOf(axis, x.shape.length) ?? axis, before, after })
}

const concatOperator: Operator<{ axis: number }> = {
  name: 'concat',
  infer(parts, { axis }, fail) {
    const [first] = parts as [Tensor]
    if (first.shape[axis] === undefined) fail(`there is no axis ${axis}`)
    for (const { shape, dtype } of parts) {
      const fits = shape.length === first.shape.length
      if (!fits || shape.some((dim, at) => at !== axis && dim !== first.shape[at]))
        fail(`shapes differ outside of axis ${axis}`)
      if (dtype !== first.dtype) fail(`${first.dtype} and ${dtype} do not mix`)
    }
    const sizes = parts.map(({ shape }) => shape[axis]!)
    const named = sizes.find((dim) => typeof dim === 'string')
    if (named && parts.length > 1) fail(`axis ${axis} has no known size`)
    const length = named ?? (sizes as number[]).reduce((a, b) => a + b, 0)
    return { shape: first.shape.map((dim, at) => (at === axis ? length : dim)), dtype: first.dtype }
  },
  emit: (emitter, parts, { axis }) => emitter.node('Concat', parts, { axis }),
  gradient({ inputs }, upstream, { axis }) {
    let from = 0
    return inputs.map(({ shape }) => {
      const to = from + (shape[axis] as number)
      const part = slice(upstream, axis, from, to)
      from = to
      return part
    })
  },
}
/** One after the other along an axis whose sizes are known. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0]!
  return apply(concatOperator, parts, { axis: axisOf(axis, parts[0]!.shape.length) ?? axis })
}

const stopOperator: Operator<null> = {
  name: 'stopGradient',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  emit: (_, [x]) => x!,
}
/** The same values, taken as given: nothing is learned through them. */
export const stopGradient = (x: Tensor) => apply(stopOperator, [x], null)

/** A tensor of one value everywhere. */
export const filled = (value: number, shape: Shape) => expand(constant(value), shape)
