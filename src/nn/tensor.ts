/**
 * @file Symbolic tensors: immutable expressions over a closed list of operators, each with its shape rule, its ONNX nodes
 * and its gradient in one place. Nothing is computed here; a graph is differentiated (`gradients.ts`) and emitted
 * (`onnx/emit.ts`), and ONNX Runtime computes.
 */

import type { Random } from '../base/random.ts'
import { ShapeError } from './errors.ts'
import type { Emitter } from './onnx/emitter.ts'
import { type Shape, showShape } from './shape.ts'

export type DType = 'float32' | 'int32' | 'bool'

/** One node of an expression. */
export interface Tensor {
  readonly operator: Operator
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * What the native kernel calls an operator of which each value follows from the values in the same place, to the same bit
 * everywhere: see `fusion/`.
 */
export type PointwiseName =
  | 'same'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'negate'
  | 'sqrt'
  | 'isPositive'

/** One primitive. What is made of several primitives is an ordinary function. */
export interface Operator<Attributes = unknown> {
  readonly name: string
  /** Shape and dtype of the result; calls `fail` with what is wrong with the inputs. */
  infer(inputs: readonly Tensor[], attributes: Attributes, fail: Fail): { shape: Shape; dtype?: DType }
  /** Emits ONNX nodes; `inputs` are the names of the emitted inputs. @returns the name of the result */
  emit(emitter: Emitter, inputs: readonly string[], attributes: Attributes, tensor: Tensor): string
  /**
   * Derivative of a scalar by each input, given that by the result; null for an input that has none. Left out: the
   * operator is flat, or not to be differentiated.
   */
  gradient?(tensor: Tensor, upstream: Tensor, attributes: Attributes): (Tensor | null)[]
  /** Of operators that may run in one pass with others. */
  pointwise?: PointwiseName
}

export type Fail = (problem: string) => never

/** Numbers stand for constants without axes. */
export type Operand = Tensor | number

/** @throws ShapeError that names the expression */
export function apply<Attributes>(
  operator: Operator<Attributes>,
  operands: readonly Operand[],
  attributes: Attributes,
): Tensor {
  const inputs = operands.map(toTensor)
  const fail: Fail = (problem) => {
    throw new ShapeError(`${operator.name}(${inputs.map((tensor) => describe(tensor)).join(', ')})`, problem)
  }
  const { shape, dtype = 'float32' } = operator.infer(inputs, attributes, fail)
  return { operator: operator as Operator, inputs, attributes, shape, dtype }
}

/** What computes with numbers refuses ids and truths. */
export function onlyFloats(inputs: readonly Tensor[], fail: Fail): void {
  const other = inputs.find(({ dtype }) => dtype !== 'float32')
  if (other) fail(`${describe(other)} is ${other.dtype}, not float32`)
}

export const toTensor = (operand: Operand): Tensor =>
  typeof operand === 'number' ? constant(operand) : operand

/** A tensor that follows from no other one. */
const leaf = <Attributes>(name: string, emit: Operator<Attributes>['emit']): Operator<Attributes> => ({
  name,
  infer: () => ({ shape: [] }),
  emit,
})

export interface InputAttributes {
  readonly name: string
  /** Filled with uniform numbers in [0, 1), anew in each step, by whoever trains (dropout needs them). */
  readonly isNoise?: boolean
}

export interface ParameterAttributes {
  readonly name: string
  /** Fills the values, whose shape is known. */
  readonly initialise: Initialiser
}

export type Initialiser = (values: Float32Array, shape: readonly number[], random: Random) => void

const inputOperator = leaf<InputAttributes>('input', (_, __, { name }) => name)
const parameterOperator = leaf<ParameterAttributes>('parameter', (_, __, { name }) => name)
const constantOperator = leaf<{ value: number }>('constant', (emitter, _, { value }, { dtype }) =>
  emitter.scalar(value, dtype),
)

/** Names that begin so belong to what is inside of graphs: no leaf of a model has one. */
export const INSIDE = '/'

function ownName(name: string): string {
  if (name.startsWith(INSIDE)) throw new ShapeError(name, `names that begin with "${INSIDE}" are kept`)
  return name
}

/** What a batch brings. @throws ShapeError when the name begins with "/" */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return inputOf({ name: ownName(name) }, shape, dtype)
}

/** What whoever runs a graph adds to it. @param name begins with "/", so that no leaf of a model has it */
export const insideInput = (name: string, shape: Shape) => inputOf({ name }, shape, 'float32')

/** Uniform numbers in [0, 1): new ones in each step of the training, from its seed. */
export function noise(name: string, shape: Shape): Tensor {
  return inputOf({ name: ownName(name), isNoise: true }, shape, 'float32')
}

function inputOf(attributes: InputAttributes, shape: Shape, dtype: DType): Tensor {
  return { operator: inputOperator as Operator, inputs: [], attributes, shape, dtype }
}

/** What is learned. The name is that in checkpoints and exported files: unique in a model. */
export function parameter(name: string, shape: readonly number[], initialise: Initialiser): Tensor {
  const attributes: ParameterAttributes = { name: ownName(name), initialise }
  return { operator: parameterOperator as Operator, inputs: [], attributes, shape, dtype: 'float32' }
}

export function constant(value: number, dtype: DType = 'float32'): Tensor {
  return { operator: constantOperator as Operator, inputs: [], attributes: { value }, shape: [], dtype }
}

export const isInput = (tensor: Tensor) => tensor.operator === inputOperator
export const isParameter = (tensor: Tensor) => tensor.operator === parameterOperator

/** Name of an input or a parameter. */
export const nameOf = (tensor: Tensor) => (tensor.attributes as InputAttributes).name

/** Every tensor that the outputs follow from, each after its inputs. */
export function inOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = []
  const seen = new Set<Tensor>()
  // An explicit stack: graphs of deep networks are deeper than the call stack likes.
  const stack: { tensor: Tensor; next: number }[] = []
  for (const output of outputs) {
    if (!seen.has(output)) stack.push({ tensor: output, next: 0 })
    seen.add(output)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const child = top.tensor.inputs[top.next++]
      if (child === undefined) {
        order.push(top.tensor)
        stack.pop()
      } else if (!seen.has(child)) {
        seen.add(child)
        stack.push({ tensor: child, next: 0 })
      }
    }
  }
  return order
}

/** The expression two levels deep: `matmul(user [batch, 64], relu(…) [64, 8]) [batch, 8]`. */
export function describe(tensor: Tensor, levels = 1): string {
  const shape = showShape(tensor.shape)
  if (isInput(tensor) || isParameter(tensor)) return `${nameOf(tensor)} ${shape}`
  if (tensor.operator === constantOperator) return String((tensor.attributes as { value: number }).value)
  const inner = levels > 0 ? tensor.inputs.map((child) => describe(child, levels - 1)).join(', ') : '…'
  return `${tensor.operator.name}(${inner}) ${shape}`
}
