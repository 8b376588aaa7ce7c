/**
 * @file The tower of the graph and its loss (Hamilton et al. 2017, GraphSAGE, with mean aggregation; for friends, Shi et al.
 * 2023, "Embedding based retrieval in friend recommendation").
 *
 *   layer 0:  x(v) = E[v] + C c_v                       E a row of a table, c_v what the item is made of
 *   layer l:  x(v) ← x(v) + a(v) + MLP_l([x(v), a(v)])   a(v) = Σ_u w_vu x(u) over neighbours u, weights that sum to 1
 *   vector:   z(v) = |x(v)|                             of length 1
 *   score:    z(v)·z(u)/τ − log q_u                     q_u how often u is drawn
 *
 * A layer begins near the plain sum of item and neighbours, and learns what else there is to say. The link that is to be
 * predicted is not among the neighbours of its ends.
 */

import { linear } from '../../nn/layers/linear.ts'
import { mlp } from '../../nn/layers/mlp.ts'
import { sampledSoftmax } from '../../nn/losses/sampled-softmax.ts'
import { add } from '../../nn/operators/arithmetic.ts'
import { gather } from '../../nn/operators/gather.ts'
import { concat, slice } from '../../nn/operators/movement.ts'
import { unitLength } from '../../nn/operators/normalisation.ts'
import { silu } from '../../nn/operators/pointwise.ts'
import { embeddingBag } from '../../nn/operators/segments.ts'
import { input, type Tensor } from '../../nn/tensor.ts'

export interface TowerOptions {
  dim: number
  /** Width of the hidden layer of each MLP. */
  hidden: number
  dropout: number
  temperature: number
  /** Hops. */
  layers: number
  /** Whether scores are corrected by how often an item is drawn (Yi et al. 2019). */
  logQ: boolean
}

/** What goes into layer l, counted from 1: see `Level`. */
export const levelInputs = (level: number) => ({
  self: `level/${level}/self`,
  neighbours: `level/${level}/neighbours`,
  rowOf: `level/${level}/row-of`,
  weights: `level/${level}/weights`,
})

/** Layer l of the tower: [n, dim] and [n, dim] → [n, dim]. */
export function sageLayer({ dim, hidden, dropout }: TowerOptions, level: number) {
  const residual = mlp(`layer/${level}`, [hidden, dim], { activation: silu, dropout })
  return (self: Tensor, neighbours: Tensor, training: boolean) =>
    add(add(self, neighbours), residual(concat([self, neighbours], 1), training))
}

/** Layer 0, from what an item is made of: [n, content] → [n, dim]. Parameter `content/weight`. */
export const fromContent = (dim: number) => linear('content', dim, { bias: false })

export interface TrainingGraph {
  /** Filled from a table: rows of the items that the batch touches. */
  rows: Tensor
  loss: Tensor
}

/**
 * Inputs: `items` (table rows) and `content` of layer 0; of each level what `levelInputs` names; `logQ` of the pairs' second
 * items. The last level has `pairs` first items, then as many second ones.
 *
 * @param content length of what items are made of; 0 when nothing is known
 */
export function trainingGraph(options: TowerOptions, content: number, pairs: number): TrainingGraph {
  const { dim, layers, temperature, logQ } = options
  const rows = input('items', ['n0', dim])
  let x = content > 0 ? add(rows, fromContent(dim)(input('content', ['n0', content]))) : rows
  for (let level = 1; level <= layers; level++) {
    const names = levelInputs(level)
    const count = level === layers ? 2 * pairs : `n${level}`
    const edges = `e${level}`
    const values = gather(x, input(names.neighbours, [edges], 'int32'))
    const rowOf = input(names.rowOf, [edges], 'int32')
    const weights = input(names.weights, [edges])
    const neighbours = embeddingBag({ values, rowOf, rows: count }, { weights })
    x = sageLayer(options, level)(gather(x, input(names.self, [count], 'int32')), neighbours, true)
  }
  const z = unitLength(x)
  const second = { vectors: slice(z, 0, pairs, 2 * pairs), ...(logQ && { logQ: input('logQ', [pairs]) }) }
  return { rows, loss: sampledSoftmax(slice(z, 0, 0, pairs), second, { temperature }) }
}
