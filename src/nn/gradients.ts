/** @file Reverse-mode differentiation, graph to graph: the derivative of a scalar is made of the same operators. */

import { ShapeError } from './errors.ts'
import { add } from './operators/arithmetic.ts'
import { filled } from './operators/movement.ts'
import { constant, describe, inOrder, type Tensor } from './tensor.ts'

/**
 * @param loss a scalar
 * @param by tensors that the loss follows from
 * @returns one tensor for each, of its shape; zeros where the loss does not depend on it
 * @throws ShapeError when the loss is not a scalar or goes through an operator without a gradient
 */
export function gradients(loss: Tensor, by: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) throw new ShapeError(describe(loss), 'only a scalar can be differentiated')
  const order = inOrder([loss])
  const depends = new Set<Tensor>(by)
  for (const tensor of order) if (tensor.inputs.some((child) => depends.has(child))) depends.add(tensor)

  const upstreams = new Map<Tensor, Tensor>([[loss, constant(1)]])
  for (const tensor of order.reverse()) {
    const upstream = upstreams.get(tensor)
    if (!upstream || !depends.has(tensor) || !tensor.operator.gradient) continue
    const parts = tensor.operator.gradient(tensor, upstream, tensor.attributes)
    tensor.inputs.forEach((child, k) => {
      const part = parts[k]
      if (!part || !depends.has(child)) return
      const known = upstreams.get(child)
      upstreams.set(child, known ? add(known, part) : part)
    })
  }
  return by.map((tensor) => upstreams.get(tensor) ?? filled(0, tensor.shape))
}
