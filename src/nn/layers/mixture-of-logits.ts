/** @file Mixture of logits: a likeness that is richer than a dot product (Zhai et al. 2023, section 3). */

import { add, divide, multiply } from '../operators/arithmetic.ts'
import { matmul } from '../operators/matmul.ts'
import { concat, reshape, sum, transpose } from '../operators/movement.ts'
import { unitLength } from '../operators/normalisation.ts'
import { silu } from '../operators/pointwise.ts'
import { softmax } from '../operators/softmax.ts'
import { type Dim, timesDims } from '../shape.ts'
import { type Initialiser, parameter, type Tensor } from '../tensor.ts'
import { dropout } from './dropout.ts'
import { mlp } from './mlp.ts'

export interface MixtureOfLogitsOptions {
  /** Vectors of a user, and of an item. */
  userVectors: number
  itemVectors: number
  /** Width of the gate's hidden layers. */
  hidden: number
  /** Logits are divided by it. */
  temperature: number
  /** Of the gate, while training; 0 when left out. */
  dropout?: number
  /**
   * Whether the plain product of both sides' features is one more logit, the last one. The gate begins with nearly all of
   * the weight on it, so that what is learned starts from a dot product.
   */
  direct?: boolean
}

export interface MixtureSide {
  /** [n, vectors, width]; taken at length 1. */
  vectors: Tensor
  /** What the gate knows of a user or of an item: [n, …]. */
  features: Tensor
}

/**
 * Σ π_pm ⟨f_p, g_m⟩ / temperature over all pairs of vectors, π = softmax(silu(U(user) ⊙ X(item) + W(logits))).
 *
 * π are shares, so no score is above the largest of its logits. Parameters `name/user/…`, `name/item/…`, `name/pair/…`, and
 * `name/shift` of the gates where there is a direct logit.
 *
 * @returns scores of all users for all items: [users, items]
 */
export function mixtureOfLogits(name: string, options: MixtureOfLogitsOptions) {
  const { userVectors, itemVectors, hidden, temperature, direct = false } = options
  const pairs = userVectors * itemVectors
  const logitCount = pairs + Number(direct)
  const gate = (side: string) => mlp(`${name}/${side}`, [hidden, logitCount], { activation: silu })
  const [ofUser, ofItem, ofPair] = [gate('user'), gate('item'), gate('pair')]
  const drop = dropout(name, options.dropout ?? 0)
  return (users: MixtureSide, items: MixtureSide, training?: boolean): Tensor => {
    const [m, n] = [users.vectors.shape[0] as Dim, items.vectors.shape[0] as Dim]
    const products = matmul(flat(users.vectors), flat(items.vectors), { right: true })
    const byPair = transpose(reshape(products, [m, userVectors, n, itemVectors]), [0, 2, 1, 3])
    const all = [reshape(byPair, [m, n, pairs])]
    if (direct) all.push(reshape(matmul(users.features, items.features, { right: true }), [m, n, 1]))
    const logits = divide(concat(all, 2), temperature)
    const sides = multiply(
      reshape(ofUser(users.features), [m, 1, logitCount]),
      reshape(ofItem(items.features), [1, n, logitCount]),
    )
    const gates = add(sides, ofPair(logits))
    const shares = softmax(
      silu(direct ? add(gates, parameter(`${name}/shift`, [logitCount], toLast)) : gates),
    )
    return sum(multiply(drop(shares, training), logits), [-1])
  }
}

/** With this in the softmax, one of 17 logits has 3/4 of the weight. */
const HEAD_START = 4

const toLast: Initialiser = (values) => {
  values[values.length - 1] = HEAD_START
}

/** All vectors at length 1, one a row. */
function flat(vectors: Tensor): Tensor {
  return unitLength(reshape(vectors, [timesDims(vectors.shape.slice(0, 2)), vectors.shape[2] as Dim]))
}
