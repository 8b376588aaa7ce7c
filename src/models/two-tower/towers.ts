/**
 * @file The two towers and their loss (Yi et al. 2019, "Sampling-bias-corrected neural modeling for large corpus item
 * recommendations"; mixed negatives, Yang et al. 2020).
 *
 *   item  y:  v(y) = |E[y] + C c_y|               E a row of a table, c_y what the item is made of
 *   user  x:  h = Σ_q (H[q] + D c_q)/√n + Σ_k A_k[attribute k] + √dim B[condition];  u(x) = |h + MLP(|h|)|
 *             the sum over q may be weighted, see `solved-weights.ts` and `attention.ts`
 *   score:    u(x)·v(y)/τ − log q_xy              q_xy the probability that y is among the candidates of x
 *
 * where |·| has length 1. H is another table than E: what an item says of who likes it is not what it is liked for.
 */

import { zeros } from '../../nn/initialisers.ts'
import { linear } from '../../nn/layers/linear.ts'
import { mlp } from '../../nn/layers/mlp.ts'
import { add, divide, multiply } from '../../nn/operators/arithmetic.ts'
import { maximum } from '../../nn/operators/comparison.ts'
import { gather } from '../../nn/operators/gather.ts'
import { matmul } from '../../nn/operators/matmul.ts'
import { unitLength } from '../../nn/operators/normalisation.ts'
import { silu } from '../../nn/operators/pointwise.ts'
import { input, parameter, type Tensor } from '../../nn/tensor.ts'
import { pooledByAttention } from './attention.ts'
import type { Pooling } from './batches.ts'
import { type LossOptions, softmaxLoss } from './softmax-loss.ts'

export interface TowersOptions extends LossOptions {
  dim: number
  /** Width of the hidden layer of the user's tower. */
  hidden: number
  dropout: number
  temperature: number
  /** Length of the items' content; 0 when they have none. */
  content: number
  /** Number of values of each attribute of users. */
  attributes: readonly number[]
  /** Number of values that may be asked for, with the one that stands for none; when left out, none may. */
  conditions?: number
  /** How the vectors of a history become one. */
  pooling: Pooling
  /** Vectors of a user, each pooled by a head of its own; an item is scored by the best of them. */
  interests: number
  /** Whether the rows have learned something already: all else begins as nothing then, so that they keep it. */
  pretrained: boolean
}

export interface Towers {
  /** Filled from tables: bags of query items, or their rows where attention pools them; rows of candidates. */
  query: Tensor
  candidate: Tensor
  /** Σ of what query items are to a user, before the MLP: [users, dim]. */
  history: Tensor
  user(training: boolean): Tensor
  /** All of a user's vectors; `user` is the first. */
  interests(training: boolean): Tensor[]
  /** [items, dim], of length 1. */
  item: Tensor
  /** What one item adds to a history, besides its row: [items, dim]; null without content. */
  contentToHistory: Tensor | null
  loss: Tensor
}

export function makeTowers(options: TowersOptions): Towers {
  const { dim, hidden, dropout, temperature, content, pooling, pretrained } = options
  // Attention asks for each item of a history, a sum for all of a user's together.
  const asked = pooling === 'attention' ? 'asked' : 'users'
  const query = input('query', [asked, dim])
  const candidate = input('candidates', ['items', dim])
  const itemContent = content > 0 ? input('content', ['items', content]) : null
  const queryContent = content > 0 ? input('query/content', [asked, content]) : null

  const initialiseLast = pretrained ? zeros : undefined
  const projection = { bias: false, initialise: initialiseLast }
  const toItem = linear('item/content', dim, projection)
  const toHistory = linear('user/content', dim, projection)
  const item = unitLength(itemContent ? add(candidate, toItem(itemContent)) : candidate)
  const own = knownOfUsers(options)
  const withAttributes = (history: Tensor) => own.reduce((sum, each) => add(sum, each), history)
  const values = queryContent ? add(query, toHistory(queryContent)) : query
  const histories =
    pooling === 'attention'
      ? pooledByAttention(values, (sum) => unitLength(withAttributes(sum)), {
          heads: options.interests,
          initialise: initialiseLast,
        })
      : [values]
  const attributed = histories.map(withAttributes)
  const residual = mlp('user', [hidden, dim], { activation: silu, dropout, initialiseLast })
  const interests = (training: boolean) =>
    attributed.map((each) => {
      const mean = unitLength(each)
      return unitLength(add(mean, residual(mean, training)))
    })
  const user = (training: boolean) => interests(training)[0]!

  const products = interests(true).map((each) => matmul(each, item, { right: true }))
  const scores = divide(
    products.reduce((best, other) => maximum(best, other)),
    temperature,
  )
  const loss = softmaxLoss(scores, options)
  const contentToHistory = itemContent && toHistory(itemContent)
  return { query, candidate, history: histories[0]!, user, interests, item, contentToHistory, loss }
}

/** What is added to a history: a row for each attribute's value, and one for what is asked for. */
function knownOfUsers({ dim, attributes, conditions }: TowersOptions): Tensor[] {
  const rowsOf = (table: string, values: number, codes: string) =>
    gather(parameter(table, [values, dim], zeros), input(codes, ['users'], 'int32'))
  const own = attributes.map((values, k) => rowsOf(`user/attribute/${k}`, values, `attribute/${k}`))
  if (conditions === undefined) return own
  return [...own, multiply(rowsOf('user/condition', conditions, 'condition'), conditionScale(dim))]
}

/** Rows for conditions are so many times what the optimiser moves: at the network's rate they would hardly leave zero. */
export const conditionScale = (dim: number) => Math.sqrt(dim)
