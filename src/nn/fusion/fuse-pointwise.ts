/** @file A graph in which neighbours that treat each value by itself are one operator: the same numbers in fewer passes. */

import { inOrder, type Tensor } from '../tensor.ts'
import { fuse } from './fused.ts'
import { type PointwiseGroup, pointwiseGroups } from './pointwise-groups.ts'

/**
 * @param outputs by name
 * @returns what stands for them; leaves stay what they are
 */
export function fusePointwise(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const order = inOrder(Object.values(outputs))
  const groups = new Map(
    pointwiseGroups(order, Object.values(outputs)).flatMap((group) => group.map((member) => [member, group])),
  )
  const wanted = wantedOutside(order, groups, Object.values(outputs))
  const renewed = new Map<Tensor, Tensor>()
  const renew = (tensor: Tensor) => renewed.get(tensor)!
  for (const unit of unitsInOrder(order, groups)) {
    if (unit.length > 1) {
      const results = unit.filter((member) => wanted.has(member))
      for (const [k, each] of fuse(unit, results, renew).entries()) renewed.set(results[k]!, each)
    } else {
      const [tensor] = unit as [Tensor]
      const isSame = tensor.inputs.every((child) => renew(child) === child)
      renewed.set(tensor, isSame ? tensor : { ...tensor, inputs: tensor.inputs.map(renew) })
    }
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, renew(tensor)]))
}

type Groups = ReadonlyMap<Tensor, PointwiseGroup>

/** Members of groups that somebody else takes. */
function wantedOutside(order: readonly Tensor[], groups: Groups, outputs: readonly Tensor[]): Set<Tensor> {
  const wanted = new Set(outputs)
  for (const tensor of order)
    for (const child of tensor.inputs) if (groups.get(child) !== groups.get(tensor)) wanted.add(child)
  return wanted
}

/** Groups, and tensors that are in none, each after what it takes. */
function unitsInOrder(order: readonly Tensor[], groups: Groups): PointwiseGroup[] {
  const units: PointwiseGroup[] = []
  const done = new Set<Tensor>()
  const unitOf = (tensor: Tensor) => groups.get(tensor) ?? [tensor]
  // An explicit stack, as graphs are deep; a unit is looked at again once what it waits for is done.
  for (const tensor of order) {
    const stack = [unitOf(tensor)]
    while (stack.length > 0) {
      const unit = stack.at(-1)!
      const members = new Set(unit)
      const missing = done.has(unit[0]!)
        ? []
        : unit.flatMap(({ inputs }) => inputs.filter((child) => !members.has(child) && !done.has(child)))
      if (missing.length > 0) {
        stack.push(unitOf(missing[0]!))
        continue
      }
      stack.pop()
      if (done.has(unit[0]!)) continue
      for (const member of unit) done.add(member)
      units.push(unit)
    }
  }
  return units
}
