/**
 * @file Groups of parameters that are updated alike. Small ones are packed: they lie one after the other in one array, so that
 * a network of many small layers does not pay for a dozen nodes, inputs and outputs for each of them.
 */

import type { Pack } from './onnx/emit.ts'
import { concat, reshape } from './operators/movement.ts'
import { decays } from './optimisers/optimiser.ts'
import { INSIDE, insideInput, type Tensor } from './tensor.ts'

/** A pack, or one parameter that is its own whole. */
export interface ParameterGroup extends Pack {
  /** Whether weight decay is for them. */
  decays: boolean
}

/** @param most values of a parameter that is packed */
export function groupsOf(parameters: readonly Tensor[], most: number): ParameterGroup[] {
  const groups: ParameterGroup[] = []
  const alone = new Set(parameters)
  for (const kind of [true, false]) {
    const members = parameters.filter((each) => decays(each) === kind && sizeOf(each) <= most)
    // To pack one would only copy it.
    if (members.length < 2) continue
    for (const member of members) alone.delete(member)
    const size = members.reduce((sum, member) => sum + sizeOf(member), 0)
    groups.push({ whole: insideInput(`${INSIDE}pack/${groups.length}`, [size]), members, decays: kind })
  }
  for (const parameter of alone)
    groups.push({ whole: parameter, members: [parameter], decays: decays(parameter) })
  return groups
}

/** The gradient of a group, of the shape of its whole. */
export function gradientOf({ members }: Pack, of: ReadonlyMap<Tensor, Tensor>): Tensor {
  const [first] = members as [Tensor]
  if (members.length === 1) return of.get(first)!
  return concat(
    members.map((member) => reshape(of.get(member)!, [sizeOf(member)])),
    0,
  )
}

export const sizeOf = ({ shape }: Tensor) => (shape as number[]).reduce((size, dim) => size * dim, 1)
