/**
 * @file Attention pooling of a history: an item counts by how well it goes with the whole, softmax(Q q · K x / √dim) with q
 * the plain sum. Scores of items alone would say nothing new: in a sum, an item can count more by having a longer row.
 *
 * A pooled vector is √n Σ softmax x: where all weigh 1/n that is the plain sum Σ x/√n, with which training from factors begins.
 * Several heads give a user several vectors, as multi-interest towers have them (Cen et al. 2020, "Controllable multi-interest
 * framework for recommendation"). They may begin alike: an item teaches the one that scores it best, the first of equals.
 */

import { attentionPooling } from '../../nn/layers/attention-pooling.ts'
import { divide, multiply } from '../../nn/operators/arithmetic.ts'
import { segmentSum } from '../../nn/operators/segments.ts'
import { type Initialiser, input, type Tensor } from '../../nn/tensor.ts'
import type { Weights } from '../../nn/weights.ts'
import { addProduct } from '../vector-times-matrix.ts'

/** As the graph names them, all of width dim; one head after the other. */
export interface Attention {
  keyWeight: Float32Array
  queryWeight: Float32Array
  queryBias: Float32Array
}

const NAME = 'user/pooling'

export interface HeadsOptions {
  /** How many sums are made, each with weights of its own. */
  heads: number
  /** Of keys; Glorot's when left out. */
  initialise?: Initialiser
}

/**
 * @param values one vector for each query item, user after user: [asked, dim]
 * @param about what the plain sum says of a user: [users, dim] to [users, dim]
 * @returns for each head [users, dim]
 */
export function pooledByAttention(
  values: Tensor,
  about: (sum: Tensor) => Tensor,
  { heads, initialise }: HeadsOptions,
): Tensor[] {
  const history = { values, rowOf: input('query/row', ['asked'], 'int32'), rows: 'users' }
  /** 1/√n of each user. */
  const scale = input('query/scale', ['users', 1])
  const query = about(multiply(segmentSum(history), scale))
  return Array.from({ length: heads }, (_, head) => {
    const pool = attentionPooling(`${NAME}/${head}`, { initialise })
    return divide(pool(history, query), scale)
  })
}

export function attentionOf(weights: Weights): Attention {
  const together = (name: string) => {
    const values: number[] = []
    for (let head = 0; weights.has(`${NAME}/${head}/${name}`); head++)
      for (const value of weights.get(`${NAME}/${head}/${name}`)!) values.push(value)
    return Float32Array.from(values)
  }
  return {
    keyWeight: together('key/weight'),
    queryWeight: together('query/weight'),
    queryBias: together('query/bias'),
  }
}

/** The heads, for one request. */
export function openHeads({ keyWeight, queryWeight, queryBias }: Attention, dim: number): Head[] {
  return Array.from({ length: queryBias.length / dim }, (_, head) => {
    const partOf = (all: Float32Array, size: number) => all.subarray(head * size, (head + 1) * size)
    return openHead({
      keyWeight: partOf(keyWeight, dim * dim),
      queryWeight: partOf(queryWeight, dim * dim),
      queryBias: partOf(queryBias, dim),
    })
  })
}

/** Changes the weights of a history's items so that their weighted sum is the pooled one. */
type Head = (vectors: readonly Float32Array[], weights: Float64Array, about: Float32Array) => void

function openHead({ keyWeight, queryWeight, queryBias }: Attention): Head {
  const dim = queryBias.length
  const query = new Float32Array(dim)
  /** K Q q / √dim: its product with a vector is the vector's score. */
  const direction = new Float32Array(dim)
  return (vectors, weights, about) => {
    query.set(queryBias)
    addProduct(about, queryWeight, query)
    for (let j = 0, at = 0; j < dim; j++) {
      let product = 0
      for (let k = 0; k < dim; k++, at++) product += keyWeight[at]! * query[k]!
      direction[j] = product / Math.sqrt(dim)
    }
    const scores = vectors.map((vector) => {
      let score = 0
      for (let j = 0; j < dim; j++) score += vector[j]! * direction[j]!
      return score
    })
    const highest = Math.max(...scores)
    let before = 0
    let after = 0
    scores.forEach((score, k) => {
      before += Math.abs(weights[k]!)
      weights[k]! *= Math.exp(score - highest)
      after += Math.abs(weights[k]!)
    })
    if (after > 0) for (let k = 0; k < weights.length; k++) weights[k]! *= before / after
  }
}
