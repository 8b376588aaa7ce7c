/** @file Reductions along axes besides the sum: mean, maximum, minimum, log-sum-exp. */

import { type Shape, timesDims } from '../shape.ts'
import { apply, type Operator, type Tensor } from '../tensor.ts'
import { add, divide, multiply, subtract } from './arithmetic.ts'
import { cast, equal } from './comparison.ts'
import { inferReduced, reducedAxes, reducedShape, reshape, stopGradient, sum } from './movement.ts'
import { exp, log } from './pointwise.ts'

const sizeOperator: Operator<{ dims: Shape }> = {
  name: 'size',
  infer: () => ({ shape: [] }),
  emit(emitter, _, { dims }) {
    const product = timesDims(dims)
    if (typeof product === 'number') return emitter.scalar(product)
    const size = emitter.node('Cast', [emitter.size(product)], { to: 1 })
    return emitter.node('Squeeze', [size, emitter.integers([0])])
  },
}
/** Number of values in a tensor of that shape, when it runs. */
export const sizeOf = (dims: Shape) => apply(sizeOperator, [], { dims })

/** @param axes all when left out */
export function mean(x: Tensor, axes?: readonly number[], keep = false): Tensor {
  const reduced = reducedAxes(x, axes)
  return divide(sum(x, reduced, keep), sizeOf(reduced.map((axis) => x.shape[axis]!)))
}

function extremum(name: string, onnx: string) {
  const operator: Operator<{ axes: readonly number[]; keep: boolean }> = {
    name,
    infer: inferReduced,
    emit(emitter, [x], { axes, keep }) {
      return emitter.node(onnx, [x!, emitter.integers(axes)], { keepdims: Number(keep) })
    },
    gradient(result, upstream, { axes }) {
      const [x] = result.inputs as [Tensor]
      const kept = reducedShape(x.shape, axes, true)
      const isChosen = cast(equal(x, reshape(result, kept)), 'float32')
      return [multiply(divide(isChosen, sum(isChosen, axes, true)), reshape(upstream, kept))]
    },
  }
  return (x: Tensor, axes?: readonly number[], keep = false): Tensor => {
    const reduced = reducedAxes(x, axes)
    return reduced.length === 0 ? x : apply(operator, [x], { axes: reduced, keep })
  }
}
/** The largest value; where several are equal they share its slope. */
export const max = extremum('max', 'ReduceMax')
/** The smallest value; where several are equal they share its slope. */
export const min = extremum('min', 'ReduceMin')

/** log Σ exp(x) along axes, without overflow. */
export function logSumExp(x: Tensor, axes?: readonly number[], keep = false): Tensor {
  const reduced = reducedAxes(x, axes)
  const highest = stopGradient(max(x, reduced, true))
  const result = add(log(sum(exp(subtract(x, highest)), reduced, true)), highest)
  return keep ? result : reshape(result, reducedShape(x.shape, reduced, false))
}
