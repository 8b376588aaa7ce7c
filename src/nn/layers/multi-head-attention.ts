/** @file Attention with several heads (Vaswani et al. 2017, section 3.2). */

import { ShapeError } from '../errors.ts'
import { add, divide } from '../operators/arithmetic.ts'
import { and } from '../operators/comparison.ts'
import { upToHere } from '../operators/counting.ts'
import { maskedSoftmax } from '../operators/masked-softmax.ts'
import { matmul } from '../operators/matmul.ts'
import { reshape, transpose } from '../operators/movement.ts'
import { softmax } from '../operators/softmax.ts'
import type { Dim } from '../shape.ts'
import { describe, type Tensor } from '../tensor.ts'
import { dropout } from './dropout.ts'
import { forWidth } from './layer.ts'
import { linear } from './linear.ts'
import type { RelativeBias } from './relative-bias.ts'

export interface AttentionOptions {
  /** The width is cut into as many parts. */
  heads: number
  /** Nothing is seen that comes later; false when left out. */
  causal?: boolean
  /** Of the weights, while training; 0 when left out. */
  dropout?: number
  /** Added to the scores by distance. */
  relativeBias?: RelativeBias
}

export interface AttentionInput {
  /** What is attended to: [batch, keys, width]; x itself when left out. */
  to?: Tensor
  /** Which of it is there: bool [batch, keys]; all when left out. A row without any sees all alike. */
  mask?: Tensor
  training?: boolean
}

/** [batch, time, width] → [batch, time, width]. Parameters `name/query`, `name/key`, `name/value`, `name/output`. */
export function multiHeadAttention(name: string, options: AttentionOptions) {
  const { heads, causal = false, relativeBias } = options
  const drop = dropout(`${name}/weights`, options.dropout ?? 0)
  const layers = forWidth(name, (width) => ({
    query: linear(`${name}/query`, width),
    // A shift of all keys moves the scores of a query alike: softmax does not see it.
    key: linear(`${name}/key`, width, { bias: false }),
    value: linear(`${name}/value`, width),
    output: linear(`${name}/output`, width),
    headWidth: width / heads,
  }))
  return (x: Tensor, { to = x, mask, training }: AttentionInput = {}): Tensor => {
    const { query, key, value, output, headWidth } = layers(x)
    if (x.shape.length !== 3 || !Number.isInteger(headWidth))
      throw new ShapeError(
        `${name} of ${describe(x)}`,
        `[batch, time, width] is needed, with ${heads} equal parts`,
      )
    const split = (values: Tensor) => splitHeads(values, heads, headWidth)
    const [batch, time, keys] = [x.shape[0]!, x.shape[1]!, to.shape[1]!]
    const queries = divide(split(query(x)), Math.sqrt(headWidth))
    const products = matmul(queries, split(key(to)), { right: true })
    const scores = relativeBias ? add(products, relativeBias(time, keys)) : products
    const seen = visible(batch, keys, mask, causal ? time : null)
    const weights = drop(seen ? maskedSoftmax(scores, seen) : softmax(scores), training)
    const mixed = transpose(matmul(weights, split(value(to))), [0, 2, 1, 3])
    return output(reshape(mixed, x.shape))
  }
}

/** [batch, time, width] → [batch, heads, time, width / heads]. */
function splitHeads(values: Tensor, heads: number, headWidth: number): Tensor {
  const [batch, time] = values.shape as [Dim, Dim]
  return transpose(reshape(values, [batch, time, heads, headWidth]), [0, 2, 1, 3])
}

/** What a query sees, stretchable to [batch, heads, time, keys]; null for everything. */
function visible(batch: Dim, keys: Dim, mask: Tensor | undefined, causalTime: Dim | null): Tensor | null {
  const present = mask ? reshape(mask, [batch, 1, 1, keys]) : null
  const past = causalTime === null ? null : upToHere(causalTime)
  return present && past ? and(present, past) : (present ?? past)
}
