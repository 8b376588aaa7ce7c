/** @file Comparisons, choices between two tensors, and changes of type. */

import { broadcastShapes } from '../shape.ts'
import { apply, type DType, type Fail, type Operand, type Operator, type Tensor } from '../tensor.ts'
import { inferBroadcast } from './arithmetic.ts'
import { sumTo } from './movement.ts'

function comparison(name: string, onnx: string) {
  const operator: Operator<null> = {
    name,
    infer: (inputs, _, fail) => ({ shape: inferBroadcast(inputs, fail).shape, dtype: 'bool' }),
    emit: (emitter, inputs) => emitter.node(onnx, inputs),
  }
  return (a: Operand, b: Operand) => apply(operator, [a, b], null)
}

export const greater = comparison('greater', 'Greater')
export const greaterOrEqual = comparison('greaterOrEqual', 'GreaterOrEqual')
export const less = comparison('less', 'Less')
export const lessOrEqual = comparison('lessOrEqual', 'LessOrEqual')
export const equal = comparison('equal', 'Equal')

const andOperator: Operator<null> = {
  name: 'and',
  infer: (inputs, _, fail) => inferTruth(inputs, fail),
  emit: (emitter, inputs) => emitter.node('And', inputs),
}
export const and = (a: Tensor, b: Tensor) => apply(andOperator, [a, b], null)

const notOperator: Operator<null> = {
  name: 'not',
  infer: ([x], _, fail) => inferTruth([x!, x!], fail),
  emit: (emitter, inputs) => emitter.node('Not', inputs),
}
export const not = (x: Tensor) => apply(notOperator, [x], null)

function inferTruth(inputs: readonly Tensor[], fail: Fail) {
  if (inputs.some(({ dtype }) => dtype !== 'bool')) fail('only truth values can be taken together')
  return inferBroadcast(inputs, fail)
}

const whereOperator: Operator<null> = {
  name: 'where',
  infer([condition, a, b], _, fail) {
    if (condition!.dtype !== 'bool') fail('the condition is not bool')
    const values = inferBroadcast([a!, b!], fail)
    const shape = broadcastShapes(condition!.shape, values.shape)
    return { shape: shape ?? fail('the shapes do not fit each other'), dtype: values.dtype }
  },
  emit: (emitter, inputs) => emitter.node('Where', inputs),
  gradient({ inputs: [condition, a, b] }, upstream) {
    return [
      null,
      sumTo(where(condition!, upstream, 0), a!.shape),
      sumTo(where(condition!, 0, upstream), b!.shape),
    ]
  },
}
/** a where the condition holds, b elsewhere. */
export const where = (condition: Tensor, a: Operand, b: Operand) =>
  apply(whereOperator, [condition, a, b], null)

/** The one of two that is chosen, in one node: a comparison and a choice would be two more passes, and cannot stretch a number. */
function extreme(name: string, onnx: string, choosesFirst: (a: Tensor, b: Tensor) => Tensor) {
  const operator: Operator<null> = {
    name,
    infer: (inputs, _, fail) => inferBroadcast(inputs, fail),
    emit: (emitter, inputs) => emitter.node(onnx, inputs),
    gradient({ inputs }, upstream) {
      const [a, b] = inputs as [Tensor, Tensor]
      const isFirst = choosesFirst(a, b)
      return [sumTo(where(isFirst, upstream, 0), a.shape), sumTo(where(isFirst, 0, upstream), b.shape)]
    },
  }
  return (a: Operand, b: Operand) => apply(operator, [a, b], null)
}

/** The larger of two; at ties a has the whole slope. */
export const maximum = extreme('maximum', 'Max', greaterOrEqual)
/** The smaller of two; at ties a has the whole slope. */
export const minimum = extreme('minimum', 'Min', lessOrEqual)

const ONNX_TYPES: Record<DType, number> = { float32: 1, int32: 6, bool: 9 }

const castOperator: Operator<{ dtype: DType }> = {
  name: 'cast',
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  emit: (emitter, inputs, { dtype }) => emitter.node('Cast', inputs, { to: ONNX_TYPES[dtype] }),
}
/** Truth is 1; numbers lose what is behind the point. Nothing is learned through it. */
export const cast = (x: Tensor, dtype: DType) => (x.dtype === dtype ? x : apply(castOperator, [x], { dtype }))
