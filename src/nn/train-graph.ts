/** @file The graphs of training: loss, gradients and update together, and the one that only adds gradients up. */

import { gradients } from './gradients.ts'
import type { Pack } from './onnx/emit.ts'
import { add, addAll, divide, multiply } from './operators/arithmetic.ts'
import { minimum } from './operators/comparison.ts'
import { sum } from './operators/movement.ts'
import { sqrt, square } from './operators/pointwise.ts'
import type { Optimiser } from './optimisers/optimiser.ts'
import { gradientOf, groupsOf, type ParameterGroup, sizeOf } from './parameter-groups.ts'
import { constant, INSIDE, insideInput, nameOf, type Tensor } from './tensor.ts'
import { parametersOf } from './weights.ts'

export interface TrainGraphOptions {
  optimiser: Optimiser
  /** Inputs whose gradients come back: rows of tables outside the graph. */
  rows: readonly Tensor[]
  /** The gradients of all parameters (rows apart), taken together, are shortened to this length. */
  clip?: number
  /** Batches whose gradients are averaged before an update. */
  accumulate: number
  /** Parameters of at most so many values are updated as one array; 0 packs none. */
  packed?: number
  /** Gradients are those of the loss times a number that is fed as `LOSS_SCALE`, divided by it. */
  isScaled?: boolean
}

/** An array that the graph of the update reads under `name` and writes anew under `NEXT + name`. */
export interface Slot {
  name: string
  shape: readonly number[]
  /** What lies in it, one after the other: each is of one parameter. */
  parts: readonly { name: string; length: number }[]
}

export interface TrainGraph {
  parameters: readonly Tensor[]
  /** Loss, length of all gradients, gradients of the rows, and the new values of parameters and states. */
  update: Record<string, Tensor>
  /** Parameters, then what the optimiser keeps. */
  slots: Slot[]
  /** How many of the slots hold parameters. */
  groups: number
  /** Loss, length and gradients of the rows, and the new sums; null when every batch is a step. */
  accumulate: Record<string, Tensor> | null
  sums: Slot[]
  /** Of both graphs. */
  packs: Pack[]
}

export const LOSS = `${INSIDE}loss`
/** Squared length of all gradients of a step, those of rows among them: not finite when any of them is not. */
export const SQUARES = `${INSIDE}squares`
export const NEXT = `${INSIDE}next/`
export const GRADIENT = `${INSIDE}gradient/`
export const LOSS_SCALE = `${INSIDE}loss scale`
export const SCALAR = `${INSIDE}scalar/`
const STATE = `${INSIDE}state/`
const SUM = `${INSIDE}sum/`

export function trainGraph(loss: Tensor, options: TrainGraphOptions): TrainGraph {
  const { optimiser, rows, clip, accumulate, packed = 0, isScaled = false } = options
  const parameters = parametersOf([loss])
  const groups = groupsOf(parameters, packed)
  const by = [...parameters, ...rows]
  const derivatives = isScaled ? scaledGradients(loss, by) : gradients(loss, by)
  const share = (gradient: Tensor) => (accumulate > 1 ? multiply(gradient, 1 / accumulate) : gradient)
  const byParameter = new Map(parameters.map((parameter, k) => [parameter, derivatives[k]!]))
  const own = groups.map((group) => share(gradientOf(group, byParameter)))
  const shared = { [LOSS]: loss } as Record<string, Tensor>
  rows.forEach((row, k) => {
    shared[GRADIENT + nameOf(row)] = share(derivatives[parameters.length + k]!)
  })

  const sums = groups.map((group) => slotOf(group, SUM))
  const totals = own.map((gradient, k) => (accumulate > 1 ? add(inputOf(sums[k]!), gradient) : gradient))
  const squares = squaredLength(totals)
  const rowGradients = rows.map((row) => shared[GRADIENT + nameOf(row)]!)
  shared[SQUARES] = addAll([squares, ...rowGradients.map((gradient) => sum(square(gradient)))])
  const limited = clip === undefined ? totals : shortened(totals, squares, clip)
  const names = Object.keys(optimiser.scalars(1, 1))
  const scalars = Object.fromEntries(names.map((name) => [name, insideInput(SCALAR + name, [])]))
  const update = { ...shared }
  const states: Slot[] = []
  groups.forEach((group, k) => {
    const { whole: parameter, decays } = group
    const own = optimiser.states.map((state) => slotOf(group, `${STATE}${state}/`))
    const given = { parameter, decays, gradient: limited[k]!, states: own.map(inputOf), scalars }
    const updated = optimiser.update(given)
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
    slots: [...groups.map((group) => slotOf(group)), ...states],
    groups: groups.length,
    accumulate: accumulate > 1 ? { ...shared, ...added } : null,
    sums: accumulate > 1 ? sums : [],
    packs: groups.filter(({ members }) => members.length > 1),
  }
}

/** What is small in between is larger by the scale; a power of two leaves the digits. */
function scaledGradients(loss: Tensor, by: readonly Tensor[]): Tensor[] {
  const scale = insideInput(LOSS_SCALE, [])
  return gradients(multiply(loss, scale), by).map((gradient) => divide(gradient, scale))
}

/** Of the values of a group, or of as many more that are kept for them. */
const slotOf = ({ whole, members }: ParameterGroup, prefix = ''): Slot => ({
  name: prefix + nameOf(whole),
  shape: whole.shape as number[],
  parts: members.map((member) => ({ name: prefix + nameOf(member), length: sizeOf(member) })),
})

const inputOf = ({ name, shape }: Slot) => insideInput(name, shape)

const squaredLength = (all: readonly Tensor[]) =>
  all.length === 0 ? constant(0) : addAll(all.map((gradient) => sum(square(gradient))))

function shortened(all: readonly Tensor[], squares: Tensor, most: number): Tensor[] {
  const scale = minimum(divide(most, add(sqrt(squares), 1e-6)), 1)
  return all.map((gradient) => multiply(gradient, scale))
}
