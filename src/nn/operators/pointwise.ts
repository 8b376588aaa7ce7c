/** @file Functions of one number, applied to each value. */

import type { OnnxAttribute } from '../onnx/model-bytes.ts'
import { apply, type Operator, onlyFloats, type PointwiseName, type Tensor } from '../tensor.ts'
import { add, divide, multiply, negate, subtract } from './arithmetic.ts'

/** upstream · f′(x), given x and f(x). */
type PointwiseGradient = (x: Tensor, result: Tensor, upstream: Tensor) => Tensor

interface Settings {
  attributes?: Record<string, OnnxAttribute>
  /** What it is called in passes with others; left out where its last bits are ONNX Runtime's own. */
  inPasses?: PointwiseName
}

function pointwise(
  name: string,
  onnx: string,
  gradient?: PointwiseGradient,
  { attributes, inPasses }: Settings = {},
) {
  const operator: Operator<null> = {
    name,
    pointwise: inPasses,
    infer([x], _, fail) {
      onlyFloats([x!], fail)
      return { shape: x!.shape }
    },
    emit: (emitter, inputs) => emitter.node(onnx, inputs, attributes),
    gradient: gradient && ((result, upstream) => [gradient(result.inputs[0]!, result, upstream)]),
  }
  return (x: Tensor) => apply(operator, [x], null)
}

export const exp = pointwise('exp', 'Exp', (_, y, upstream) => multiply(upstream, y))
export const log = pointwise('log', 'Log', (x, _, upstream) => divide(upstream, x))
export const sqrt = pointwise('sqrt', 'Sqrt', (_, y, upstream) => divide(multiply(upstream, 0.5), y), {
  inPasses: 'sqrt',
})
export const reciprocal = pointwise('reciprocal', 'Reciprocal', (_, y, upstream) =>
  negate(multiply(upstream, square(y))),
)
export const sign = pointwise('sign', 'Sign')
export const abs = pointwise('abs', 'Abs', (x, _, upstream) => multiply(upstream, sign(x)))
export const tanh = pointwise('tanh', 'Tanh', (_, y, upstream) => multiply(upstream, subtract(1, square(y))))
export const sigmoid = pointwise('sigmoid', 'Sigmoid', (_, y, upstream) =>
  multiply(upstream, multiply(y, subtract(1, y))),
)
/** 1 above 0, else 0. A steep line with two bends takes a fifth of the time that a comparison or a sign takes. */
const isPositive = pointwise('isPositive', 'HardSigmoid', undefined, {
  attributes: { alpha: { float: 2 ** 100 }, beta: { float: 0 } },
  inPasses: 'isPositive',
})
/** 0 below 0; its slope at 0 is 0. */
export const relu = pointwise('relu', 'Relu', (_, y, upstream) => multiply(upstream, isPositive(y)))
/** log(1 + exp(x)). */
export const softplus = pointwise('softplus', 'Softplus', (x, _, upstream) => multiply(upstream, sigmoid(x)))
export const erf = pointwise('erf', 'Erf', (x, _, upstream) =>
  multiply(upstream, multiply(exp(negate(square(x))), 2 / Math.sqrt(Math.PI))),
)
export const sin = pointwise('sin', 'Sin', (x, _, upstream) => multiply(upstream, cos(x)))
export const cos: (x: Tensor) => Tensor = pointwise('cos', 'Cos', (x, _, upstream) =>
  negate(multiply(upstream, sin(x))),
)
/** x · Φ(x), with the error function (Hendrycks and Gimpel 2016). */
export const gelu = pointwise('gelu', 'Gelu', (x, _, upstream) => {
  // Φ(x) + x · φ(x) = (erf t + 2t · exp(−t²) / √π + 1) / 2 at t = x / √2: the fewest passes over the values.
  const t = multiply(x, Math.SQRT1_2)
  const density = exp(subtract(Math.log(2 / Math.sqrt(Math.PI)), square(t)))
  const slope = multiply(add(add(erf(t), multiply(t, density)), 1), 0.5)
  return multiply(upstream, slope)
})

export const square = (x: Tensor) => multiply(x, x)
/** x · σ(x), also called swish (Elfwing et al. 2018). */
export const silu = (x: Tensor) => multiply(x, sigmoid(x))
/** log σ(x) without overflow. */
export const logSigmoid = (x: Tensor) => negate(softplus(negate(x)))
