/** @file Scaling rows (the last axis) to a common mean and length. */

import { apply, type Operator, onlyFloats, type Tensor } from '../tensor.ts'
import { add, divide, multiply, subtract } from './arithmetic.ts'
import { maximum } from './comparison.ts'
import { sum } from './movement.ts'
import { sqrt, square } from './pointwise.ts'
import { mean } from './reductions.ts'

const EPSILON = 1e-5

const standardiseOperator: Operator<null> = {
  name: 'standardise',
  infer([x], _, fail) {
    onlyFloats([x!], fail)
    return typeof x!.shape.at(-1) === 'number' ? { shape: x!.shape } : fail('the last axis has no known size')
  },
  emit(emitter, [x], _, { shape }) {
    const ones = emitter.node('Expand', [emitter.scalar(1), emitter.integers([shape.at(-1) as number])])
    return emitter.node('LayerNormalization', [x!, ones], { axis: -1, epsilon: { float: EPSILON } })
  },
  gradient(y, upstream) {
    const [x] = y.inputs as [Tensor]
    const centred = subtract(x, mean(x, [-1], true))
    const deviation = sqrt(add(mean(square(centred), [-1], true), EPSILON))
    const along = multiply(y, mean(multiply(upstream, y), [-1], true))
    return [divide(subtract(subtract(upstream, mean(upstream, [-1], true)), along), deviation)]
  },
}
/** Rows of mean 0 and variance 1: layer normalisation (Ba et al. 2016) without its gain and shift. */
export const standardise = (x: Tensor) => apply(standardiseOperator, [x], null)

/** Rows of mean square 1 (Zhang and Sennrich 2019). */
export const rootMeanSquare = (x: Tensor) => divide(x, sqrt(add(mean(square(x), [-1], true), EPSILON)))

/** Rows of length 1; rows of zeros stay. */
export function unitLength(x: Tensor): Tensor {
  return divide(x, sqrt(maximum(sum(square(x), [-1], true), 1e-12)))
}
