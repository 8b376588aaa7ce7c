/** @file Which operators of a graph can run in one pass: those that treat each value by itself, next to each other. */

import { type Shape, sameShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { stretchOf } from './stretch.ts'

/** As many operators as one pass takes at most: what they hold in between stays in the first-level cache. */
const MEMBERS_MOST = 40

/** Operators of one pass, each after those whose results it takes. */
export type PointwiseGroup = readonly Tensor[]

/**
 * @param order of a graph, each tensor after its inputs
 * @param outputs what is wanted of it
 * @returns the largest groups that can run as one without waiting for each other; operators that stay alone are in none. The
 *   last of a group has the shape that all others are stretched to
 */
export function pointwiseGroups(order: readonly Tensor[], outputs: readonly Tensor[]): PointwiseGroup[] {
  const consumers = consumersOf(order)
  const units = new Units(order, consumers)
  const wanted = new Set(outputs)
  for (const tensor of [...order].reverse()) {
    if (!mayBeFused(tensor)) continue
    const followers = consumers.get(tensor)!
    if (isStep(tensor, tensor.shape))
      for (const follower of followers)
        if (isStep(follower, follower.shape) && sameShape(tensor.shape, follower.shape))
          units.join(tensor, follower)
    if (units.isAlone(tensor) && !wanted.has(tensor)) units.absorb(tensor, followers)
  }
  return units.groups().filter((group) => group.length > 1 && hasWholeInput(group))
}

const mayBeFused = (tensor: Tensor) =>
  tensor.operator.pointwise !== undefined && tensor.dtype === 'float32' && !isShiftOfProduct(tensor)

/** Whether it has a result of its own in a pass over a shape: not what is only stretched, and inputs have to be in reach. */
const isStep = (tensor: Tensor, shape: Shape) =>
  mayBeFused(tensor) &&
  tensor.operator.pointwise !== 'same' &&
  tensor.inputs.every((child) => fits(child, shape))

const fits = (child: Tensor, shape: Shape) =>
  sameShape(child.shape, shape) || stretchOf(child.shape, shape) !== null

/** ONNX Runtime adds a row to a product of two matrices within the product. */
function isShiftOfProduct({ operator, inputs }: Tensor): boolean {
  const isProduct = (child: Tensor) => child.operator.name === 'matmul' && child.shape.length === 2
  return (
    operator.pointwise === 'add' && inputs.some(isProduct) && inputs.some(({ shape }) => shape.length === 1)
  )
}

/** A pass learns from an input how many values there are. */
function hasWholeInput(group: PointwiseGroup): boolean {
  const members = new Set(group)
  const { shape } = group.at(-1)!
  return group.some(({ inputs }) =>
    inputs.some((child) => !members.has(child) && sameShape(child.shape, shape)),
  )
}

function consumersOf(order: readonly Tensor[]): Map<Tensor, Tensor[]> {
  const consumers = new Map<Tensor, Tensor[]>(order.map((tensor) => [tensor, []]))
  for (const tensor of order) for (const child of new Set(tensor.inputs)) consumers.get(child)!.push(tensor)
  return consumers
}

/** What came first into a unit was not absorbed. */
function shapeOf(unit: Set<Tensor>): Shape {
  const [first] = unit
  return first!.shape
}

/** Tensors in units that run as one; at first each is its own. */
class Units {
  readonly #places: Map<Tensor, number>
  readonly #consumers: Map<Tensor, Tensor[]>
  readonly #unitOf = new Map<Tensor, Set<Tensor>>()

  constructor(order: readonly Tensor[], consumers: Map<Tensor, Tensor[]>) {
    this.#places = new Map(order.map((tensor, place) => [tensor, place]))
    this.#consumers = consumers
    for (const tensor of order) this.#unitOf.set(tensor, new Set([tensor]))
  }

  /** Makes one of the units of two tensors, unless it would wait for itself then. */
  join(producer: Tensor, consumer: Tensor): void {
    const [before, after] = [this.#unitOf.get(producer)!, this.#unitOf.get(consumer)!]
    // What was absorbed is in a pass over a larger shape.
    if (!sameShape(shapeOf(before), shapeOf(after))) return
    if (before === after || before.size + after.size > MEMBERS_MOST || this.#leadsAround(before, after))
      return
    for (const tensor of before) {
      after.add(tensor)
      this.#unitOf.set(tensor, after)
    }
  }

  isAlone(tensor: Tensor): boolean {
    return this.#unitOf.get(tensor)!.size === 1
  }

  /** Puts what only one unit takes into it, where it is computed as often as it is stretched. */
  absorb(tensor: Tensor, followers: readonly Tensor[]): void {
    const [unit, ...others] = new Set(followers.map((follower) => this.#unitOf.get(follower)!))
    if (!unit || others.length > 0 || unit.size >= MEMBERS_MOST) return
    const shape = shapeOf(unit)
    if (unit.size === 1 && !isStep(followers[0]!, shape)) return
    if (!tensor.inputs.every((child) => fits(child, shape))) return
    unit.add(tensor)
    this.#unitOf.set(tensor, unit)
  }

  groups(): Tensor[][] {
    const inOrder = (unit: Set<Tensor>) =>
      [...unit].sort((a, b) => this.#places.get(a)! - this.#places.get(b)!)
    return [...new Set(this.#unitOf.values())].map(inOrder)
  }

  /** Whether something outside of two units follows from the first one and is followed by the second. */
  #leadsAround(before: Set<Tensor>, after: Set<Tensor>): boolean {
    const last = Math.max(...[...after].map((tensor) => this.#places.get(tensor)!))
    const seen = new Set<Set<Tensor>>([before])
    const stack: Set<Tensor>[] = []
    const follow = (unit: Set<Tensor>, isFirst: boolean): boolean => {
      for (const tensor of unit)
        for (const consumer of this.#consumers.get(tensor)!) {
          const next = this.#unitOf.get(consumer)!
          if (next === after) {
            if (!isFirst) return true
          } else if (!seen.has(next) && this.#beginsBefore(next, last)) {
            seen.add(next)
            stack.push(next)
          }
        }
      return false
    }
    follow(before, true)
    while (stack.length > 0) if (follow(stack.pop()!, false)) return true
    return false
  }

  #beginsBefore(unit: Set<Tensor>, place: number): boolean {
    for (const tensor of unit) if (this.#places.get(tensor)! < place) return true
    return false
  }
}
