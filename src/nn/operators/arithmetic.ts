/** @file Arithmetic of two tensors, where one may be stretched to the other. */

import { broadcastShapes } from '../shape.ts'
import { apply, type Fail, type Operand, type Operator, type PointwiseName, type Tensor } from '../tensor.ts'
import { sumTo } from './movement.ts'

/** Derivatives by a and b before what was stretched is summed; null where there is none. */
type BinaryGradient = (a: Tensor, b: Tensor, result: Tensor, upstream: Tensor) => [Tensor, Tensor]

/** Shape of two tensors taken together, both of one type. */
export function inferBroadcast([a, b]: readonly Tensor[], fail: Fail) {
  const shape = broadcastShapes(a!.shape, b!.shape)
  if (!shape) return fail('the shapes do not fit each other')
  if (a!.dtype !== b!.dtype) fail(`${a!.dtype} and ${b!.dtype} do not mix`)
  return { shape, dtype: a!.dtype }
}

function binary(name: PointwiseName, onnx: string, gradient: BinaryGradient) {
  const operator: Operator<null> = {
    name,
    pointwise: name,
    infer: (inputs, _, fail) => inferBroadcast(inputs, fail),
    emit: (emitter, inputs) => emitter.node(onnx, inputs),
    gradient(result, upstream) {
      const [a, b] = result.inputs as [Tensor, Tensor]
      const [byA, byB] = gradient(a, b, result, upstream)
      return [sumTo(byA, a.shape), sumTo(byB, b.shape)]
    },
  }
  return (a: Operand, b: Operand) => apply(operator, [a, b], null)
}

export const add = binary('add', 'Add', (_, __, ___, upstream) => [upstream, upstream])
export const subtract = binary('subtract', 'Sub', (_, __, ___, upstream) => [upstream, negate(upstream)])
export const multiply = binary('multiply', 'Mul', (a, b, _, upstream) => [
  multiply(upstream, b),
  multiply(upstream, a),
])
export const divide = binary('divide', 'Div', (_, b, result, upstream) => [
  divide(upstream, b),
  negate(divide(multiply(upstream, result), b)),
])

const negateOperator: Operator<null> = {
  name: 'negate',
  pointwise: 'negate',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  emit: (emitter, inputs) => emitter.node('Neg', inputs),
  gradient: (_, upstream) => [negate(upstream)],
}
export const negate = (x: Tensor) => apply(negateOperator, [x], null)

/** The sum of several tensors. */
export const addAll = (tensors: readonly Tensor[]) => tensors.reduce((a, b) => add(a, b))
