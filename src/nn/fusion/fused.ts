/** @file The operator that does what several did, value by value, in one pass: `kernels/native/onnx-session/` has its kernel. */

import { sameShape } from '../shape.ts'
import type { Operator, Tensor } from '../tensor.ts'
import type { PointwiseGroup } from './pointwise-groups.ts'
import { stretchOf } from './stretch.ts'

/** The domain of operators that only the native module has. */
export const OWN_DOMAIN = 'labrador'
const NODE = 'Pointwise'

interface Fused {
  /** For each step its operator and the places of what it takes: inputs first, then results of the steps before it. */
  program: string
  /** For each input along how many of the last axes it is repeated; −1 for those of the whole shape. */
  stretches: string
  /** Steps whose results are wanted. */
  wanted: string
  results: readonly Tensor[]
  /** Which of the results this is. */
  place: number
}

const fusedOperator: Operator<Fused> = {
  name: 'fused',
  infer: (_, { results, place }) => results[place]!,
  emit(emitter, inputs, { program, stretches, wanted, results, place }) {
    const names = emitter.once(`${NODE} ${program}; ${wanted} of ${inputs}`, () => {
      const attributes = {
        program: { text: program },
        stretches: { text: stretches },
        wanted: { text: wanted },
      }
      return emitter.ownNode(OWN_DOMAIN, NODE, inputs, attributes, results)
    })
    return names[place]!
  },
}

/**
 * @param results of the group that are wanted outside of it
 * @param renewed what stands for an input of the group now
 * @returns what stands for each of the results
 */
export function fuse(
  group: PointwiseGroup,
  results: readonly Tensor[],
  renewed: (input: Tensor) => Tensor,
): Tensor[] {
  const members = new Set(group)
  const inputs = [...new Set(group.flatMap((member) => member.inputs))].filter((child) => !members.has(child))
  const { shape } = group.at(-1)!
  const places = new Map(inputs.map((child, place) => [child, place]))
  const steps: Tensor[] = []
  const program: string[] = []
  for (const member of group) {
    const [a, b = a] = member.inputs.map((child) => places.get(child)!)
    if (member.operator.pointwise === 'same') {
      // Stretched it is wherever it is taken.
      places.set(member, a!)
      continue
    }
    places.set(member, inputs.length + steps.length)
    steps.push(member)
    program.push(`${member.operator.pointwise} ${a} ${b}`)
  }
  const attributes = {
    program: program.join(' '),
    stretches: inputs
      .map((child) => (sameShape(child.shape, shape) ? -1 : stretchOf(child.shape, shape)))
      .join(' '),
    wanted: results.map((result) => steps.indexOf(result)).join(' '),
    results,
  }
  const operator = fusedOperator as Operator
  return results.map(({ dtype }, place) => ({
    operator,
    inputs: inputs.map(renewed),
    attributes: { ...attributes, place },
    shape,
    dtype,
  }))
}
