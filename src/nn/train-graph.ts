/** @file The graphs of training: loss, gradients and update together, and the one that only adds gradients up. */

import { gradients } from './gradients.ts'
import { add, addAll, divide, multiply } from './operators/arithmetic.ts'
import { minimum } from './operators/comparison.ts'
import { sum } from './operators/movement.ts'
import { sqrt, square } from './operators/pointwise.ts'
import type { Optimiser } from './optimisers/optimiser.ts'
import { constant, input, nameOf, type Tensor } from './tensor.ts'
import { parametersOf } from './weights.ts'

export interface TrainGraphOptions {
  optimiser: Optimiser
  /** Inputs whose gradients come back: rows of tables outside the graph. */
  rows: readonly Tensor[]
  /** The gradients of all parameters (rows apart), taken together, are shortened to this length. */
  clip?: number
  /** Batches whose gradients are averaged before an update. */
  accumulate: number
}

/** An array that the graph of the update reads under `name` and writes anew under `NEXT + name`. */
export interface Slot {
  name: string
  shape: readonly number[]
}

export interface TrainGraph {
  parameters: readonly Tensor[]
  /** Loss, length of all gradients, gradients of the rows, and the new values of parameters and states. */
  update: Record<string, Tensor>
  /** Parameters, then what the optimiser keeps. */
  slots: Slot[]
  /** Loss, length and gradients of the rows, and the new sums; null when every batch is a step. */
  accumulate: Record<string, Tensor> | null
  sums: Slot[]
}

export const LOSS = 'loss'
/** Squared length of all gradients of a step, those of rows among them: not finite when any of them is not. */
export const SQUARES = 'squares'
export const NEXT = 'next/'
export const GRADIENT = 'gradient/'
export const SCALAR = 'scalar/'
const SUM = 'sum/'

export function trainGraph(loss: Tensor, options: TrainGraphOptions): TrainGraph {
  const { optimiser, rows, clip, accumulate } = options
  const parameters = parametersOf([loss])
  const derivatives = gradients(loss, [...parameters, ...rows])
  const share = (gradient: Tensor) => (accumulate > 1 ? multiply(gradient, 1 / accumulate) : gradient)
  const own = derivatives.slice(0, parameters.length).map(share)
  const shared = { [LOSS]: loss } as Record<string, Tensor>
  rows.forEach((row, k) => {
    shared[GRADIENT + nameOf(row)] = share(derivatives[parameters.length + k]!)
  })

  const sums = parameters.map((parameter) => slot(SUM + nameOf(parameter), parameter))
  const totals = own.map((gradient, k) =>
    accumulate > 1 ? add(input(sums[k]!.name, gradient.shape), gradient) : gradient,
  )
  const squares = squaredLength(totals)
  const rowGradients = rows.map((row) => shared[GRADIENT + nameOf(row)]!)
  shared[SQUARES] = addAll([squares, ...rowGradients.map((gradient) => sum(square(gradient)))])
  const limited = clip === undefined ? totals : shortened(totals, squares, clip)
  const names = Object.keys(optimiser.scalars(1, 1))
  const scalars = Object.fromEntries(names.map((name) => [name, input(SCALAR + name, [])]))
  const update = { ...shared }
  const states: Slot[] = []
  parameters.forEach((parameter, k) => {
    const own = optimiser.states.map((state) => slot(`${nameOf(parameter)}/${state}`, parameter))
    const inputs = own.map(({ name, shape }) => input(name, shape))
    const updated = optimiser.update({ parameter, gradient: limited[k]!, states: inputs, scalars })
    update[NEXT + nameOf(parameter)] = updated.parameter
    own.forEach(({ name }, s) => {
      update[NEXT + name] = updated.states[s]!
    })
    states.push(...own)
  })
  const added = Object.fromEntries(totals.map((total, k) => [NEXT + sums[k]!.name, total]))
  return {
    parameters,
    update,
    slots: [...parameters.map((parameter) => slot(nameOf(parameter), parameter)), ...states],
    accumulate: accumulate > 1 ? { ...shared, ...added } : null,
    sums: accumulate > 1 ? sums : [],
  }
}

const slot = (name: string, { shape }: Tensor): Slot => ({ name, shape: shape as number[] })

const squaredLength = (all: readonly Tensor[]) =>
  all.length === 0 ? constant(0) : addAll(all.map((gradient) => sum(square(gradient))))

function shortened(all: readonly Tensor[], squares: Tensor, most: number): Tensor[] {
  const scale = minimum(divide(most, add(sqrt(squares), 1e-6)), 1)
  return all.map((gradient) => multiply(gradient, scale))
}
