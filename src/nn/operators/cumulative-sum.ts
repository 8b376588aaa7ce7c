/** @file Running sums along an axis. */

import { axisOf } from '../shape.ts'
import { apply, type Operator, onlyFloats, type Tensor } from '../tensor.ts'

const cumulativeSumOperator: Operator<{ axis: number; fromEnd: boolean }> = {
  name: 'cumulativeSum',
  infer([x], { axis }, fail) {
    onlyFloats([x!], fail)
    return { shape: axis < x!.shape.length ? x!.shape : fail(`there is no axis ${axis}`) }
  },
  emit(emitter, [x], { axis, fromEnd }) {
    return emitter.node('CumSum', [x!, emitter.scalar(axis, 'int32')], { reverse: Number(fromEnd) })
  },
  gradient: (_, upstream, { axis, fromEnd }) => [cumulativeSum(upstream, axis, !fromEnd)],
}
/** y[k] = Σ_{j ≤ k} x[j], or over j ≥ k from the end. */
export function cumulativeSum(x: Tensor, axis = -1, fromEnd = false): Tensor {
  return apply(cumulativeSumOperator, [x], { axis: axisOf(axis, x.shape.length) ?? x.shape.length, fromEnd })
}
