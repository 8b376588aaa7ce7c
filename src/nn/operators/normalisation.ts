/** @file Scaling rows (the last axis) to a common mean and length. */

import type { Emitter } from '../onnx/emitter.ts'
import type { Shape } from '../shape.ts'
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
  emit: (emitter, [x], _, { shape }) => emitNormalisation(emitter, x!, shape)[0]!,
  gradient(y, upstream) {
    const along = multiply(y, mean(multiply(upstream, y), [-1], true))
    const across = subtract(subtract(upstream, mean(upstream, [-1], true)), along)
    return [multiply(across, inverseDeviation(y.inputs[0]!))]
  },
}
/** Rows of mean 0 and variance 1: layer normalisation (Ba et al. 2016) without its gain and shift. */
export const standardise = (x: Tensor) => apply(standardiseOperator, [x], null)

const inverseDeviationOperator: Operator<null> = {
  name: 'inverseDeviation',
  infer: ([x]) => ({ shape: [...x!.shape.slice(0, -1), 1] }),
  emit: (emitter, [x], _, tensor) => emitNormalisation(emitter, x!, tensor.inputs[0]!.shape)[2]!,
  gradient(inverse, upstream) {
    const [x] = inverse.inputs as [Tensor]
    const scale = divide(multiply(upstream, square(inverse)), -(x.shape.at(-1) as number))
    return [multiply(standardise(x), scale)]
  },
}
/** One over the deviation of each row, as `standardise` divides by it: what its gradient needs. */
const inverseDeviation = (x: Tensor) => apply(inverseDeviationOperator, [x], null)

/** Standardised rows, their means and inverse deviations: one node, whoever asks for which of them. */
function emitNormalisation(emitter: Emitter, x: string, shape: Shape): readonly string[] {
  return emitter.once(`normalisation of ${x}`, () => {
    const ones = emitter.node('Expand', [emitter.scalar(1), emitter.integers([shape.at(-1) as number])])
    const attributes = { axis: -1, epsilon: { float: EPSILON } }
    return emitter.nodeOfMany('LayerNormalization', [x, ones], attributes, 3)
  })
}

/** Rows of mean square 1 (Zhang and Sennrich 2019). */
export const rootMeanSquare = (x: Tensor) => divide(x, sqrt(add(mean(square(x), [-1], true), EPSILON)))

/** Rows of length 1; rows of zeros stay. */
export function unitLength(x: Tensor): Tensor {
  return divide(x, sqrt(maximum(sum(square(x), [-1], true), 1e-12)))
}
