/** @file Picking rows by index, and adding rows up by index: each is the other's gradient. */

import type { Emitter } from '../onnx/emitter.ts'
import { axisOf, type Dim, type Shape, timesDims } from '../shape.ts'
import { apply, type Operator, onlyFloats, type Tensor } from '../tensor.ts'
import { filled } from './movement.ts'

/** Types of ONNX. */
const [FLOAT, INT32, INT64] = [1, 6, 7]

const gatherOperator: Operator<null> = {
  name: 'gather',
  infer([x, indices], _, fail) {
    if (indices!.dtype !== 'int32') fail('indices are int32')
    if (x!.shape.length === 0) fail('there is no axis to pick from')
    return { shape: [...indices!.shape, ...x!.shape.slice(1)], dtype: x!.dtype }
  },
  emit: (emitter, inputs) => emitter.node('Gather', inputs, { axis: 0 }),
  gradient: ({ inputs: [x, indices] }, upstream) => [scatterAdd(indices!, upstream, x!.shape[0]!), null],
}
/** x[indices[i …]] along the first axis: indices [… ] and x [n, … ] give [… , …]. */
export const gather = (x: Tensor, indices: Tensor) => apply(gatherOperator, [x, indices], null)

const scatterAddOperator: Operator<{ rows: Dim }> = {
  name: 'scatterAdd',
  infer([indices, updates], { rows }, fail) {
    const rank = indices!.shape.length
    if (indices!.dtype !== 'int32') fail('indices are int32')
    onlyFloats([updates!], fail)
    if (indices!.shape.some((dim, axis) => dim !== updates!.shape[axis])) fail('one row is needed per index')
    return { shape: [rows, ...updates!.shape.slice(rank)] }
  },
  emit(emitter, inputs, { rows }, tensor) {
    const isFew = typeof rows === 'number' && rows <= FEW_ROWS
    return isFew ? emitFewRows(emitter, inputs, tensor) : emitScatter(emitter, inputs, tensor, 0, 'add')
  },
  gradient: ({ inputs: [indices] }, upstream) => [null, gather(upstream, indices!)],
}
/** Row r of the result is the sum of the updates whose index is r; rows without any are 0. */
export function scatterAdd(indices: Tensor, updates: Tensor, rows: Dim): Tensor {
  return apply(scatterAddOperator, [indices, updates], { rows })
}

const takeOperator: Operator<{ axis: number }> = {
  name: 'take',
  infer([x, indices], { axis }, fail) {
    if (indices!.dtype !== 'int32') fail('indices are int32')
    if (x!.shape[axis] === undefined) fail(`there is no axis ${axis}`)
    const isBeside = (dim: Dim, at: number) => at === axis || dim === x!.shape[at]
    if (indices!.shape.length !== x!.shape.length || !indices!.shape.every(isBeside))
      fail(`indices differ from the values outside of axis ${axis}`)
    return { shape: indices!.shape, dtype: x!.dtype }
  },
  emit: (emitter, inputs, { axis }) => emitter.node('GatherElements', inputs, { axis }),
  gradient: ({ inputs: [x, indices] }, upstream, { axis }) => [give(indices!, upstream, x!, axis), null],
}
/** One value along an axis for each index: y[i, j] = x[i, indices[i, j]] for axis 1. */
export function take(x: Tensor, indices: Tensor, axis = -1): Tensor {
  return apply(takeOperator, [x, indices], { axis: axisOf(axis, x.shape.length) ?? axis })
}

const giveOperator: Operator<{ axis: number }> = {
  name: 'give',
  infer: ([, , like]) => ({ shape: like!.shape }),
  emit(emitter, [indices, updates], { axis }, { shape }) {
    const zeros = emitter.node('Expand', [emitter.scalar(0), emitter.shape(shape)])
    return emitter.node('ScatterElements', [zeros, indices!, updates!], { axis, reduction: { text: 'add' } })
  },
  gradient: ({ inputs: [indices] }, upstream, { axis }) => [null, take(upstream, indices!, axis), null],
}
/** The gradient of `take`: values are added where they were taken from, in a tensor of the shape of `like`. */
function give(indices: Tensor, updates: Tensor, like: Tensor, axis: number): Tensor {
  return apply(giveOperator, [indices, updates, filled(0, like.shape)], { axis })
}

/** Lower than any score, and still a number: what rows without an update are. */
const LOWEST = -3e38

const scatterMaxOperator: Operator<{ rows: Dim }> = {
  name: 'scatterMax',
  infer: (inputs, attributes, fail) => scatterAddOperator.infer(inputs, attributes, fail),
  emit: (emitter, inputs, _, tensor) => emitScatter(emitter, inputs, tensor, LOWEST, 'max'),
}
/** Row r of the result is the largest of the updates whose index is r; not to be differentiated. */
export function scatterMax(indices: Tensor, updates: Tensor, rows: Dim): Tensor {
  return apply(scatterMaxOperator, [indices, updates], { rows })
}

/** Rows up to which a product with ones and zeros, on all threads, is faster than adding number by number. */
const FEW_ROWS = 64

/** Row r of the product of one-hot rows with the updates is the sum of those whose index is r. */
function emitFewRows(emitter: Emitter, given: readonly string[], { inputs, shape }: Tensor): string {
  const rows = shape[0] as number
  const [, updates] = inputs as [Tensor, Tensor]
  const index = emitter.node('Reshape', [given[0]!, emitter.integers([-1, 1])])
  const each = emitter.node('Cast', [emitter.integers([...Array(rows).keys()])], { to: INT32 })
  const isOf = emitter.node('Cast', [emitter.node('Equal', [index, each])], { to: FLOAT })
  const width = timesDims(updates.shape.slice(inputs[0]!.shape.length))
  // A size of −1 has no answer where there are no rows.
  const sizes = [emitter.size(timesDims(inputs[0]!.shape)), emitter.size(width)]
  const flat = emitter.node('Reshape', [given[1]!, emitter.node('Concat', sizes, { axis: 0 })], {
    allowzero: 1,
  })
  const sums = emitter.node('Gemm', [isOf, flat], { transA: 1, transB: 0 })
  return emitter.node('Reshape', [sums, emitter.shape(shape)], { allowzero: 1 })
}

/**
 * Every number of an update goes to its place by an index of its own: ONNX Runtime's ScatterND, which takes one index a row, adds
 * in several threads without locks and loses some of what meets in one place. Along one axis its ScatterElements takes half the
 * time that it takes along two.
 */
function emitScatter(
  emitter: Emitter,
  [indices, updates]: readonly string[],
  { inputs, shape }: Tensor,
  start: number,
  reduction: 'add' | 'max',
): string {
  const [index, update] = inputs.map((each) => each.shape) as [Shape, Shape]
  const width = emitter.size(timesDims(update.slice(index.length)))
  const first = emitter.node('Cast', [emitter.node('Reshape', [indices!, emitter.integers([-1, 1])])], {
    to: INT64,
  })
  const number = (list: string) => emitter.node('Squeeze', [list, emitter.integers([0])])
  const columns = emitter.node('Range', [
    number(emitter.integers([0])),
    number(width),
    number(emitter.integers([1])),
  ])
  const places = emitter.node('Add', [emitter.node('Mul', [first, width]), columns])
  const flat = (name: string) => emitter.node('Reshape', [name, emitter.integers([-1])])
  const all = emitter.node('Expand', [emitter.scalar(start), emitter.size(timesDims(shape))])
  const given = [all, flat(places), flat(updates!)]
  const sums = emitter.node('ScatterElements', given, { axis: 0, reduction: { text: reduction } })
  return emitter.node('Reshape', [sums, emitter.shape(shape)], { allowzero: 1 })
}
