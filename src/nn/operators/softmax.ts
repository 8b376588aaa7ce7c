/** @file Softmax and its logarithm over the last axis. */

import { apply, type Fail, type Operator, onlyFloats, type Tensor } from '../tensor.ts'
import { multiply, subtract } from './arithmetic.ts'
import { sum } from './movement.ts'
import { exp } from './pointwise.ts'

function inferRows([x]: readonly Tensor[], _: null, fail: Fail) {
  onlyFloats([x!], fail)
  return { shape: x!.shape.length > 0 ? x!.shape : fail('there is no axis') }
}

const softmaxOperator: Operator<null> = {
  name: 'softmax',
  infer: inferRows,
  emit: (emitter, inputs) => emitter.node('Softmax', inputs, { axis: -1 }),
  gradient(y, upstream) {
    const weighted = multiply(upstream, y)
    return [subtract(weighted, multiply(y, sum(weighted, [-1], true)))]
  },
}
/** exp(x) over its sum along the last axis. */
export const softmax = (x: Tensor) => apply(softmaxOperator, [x], null)

const logSoftmaxOperator: Operator<null> = {
  name: 'logSoftmax',
  infer: inferRows,
  emit: (emitter, inputs) => emitter.node('LogSoftmax', inputs, { axis: -1 }),
  gradient: (y, upstream) => [subtract(upstream, multiply(exp(y), sum(upstream, [-1], true)))],
}
export const logSoftmax = (x: Tensor) => apply(logSoftmaxOperator, [x], null)
