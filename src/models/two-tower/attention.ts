/**
 * @file Attention pooling of a history: an item counts by how well it goes with the whole, softmax(Q q · K x / √dim) with q
 * the plain sum. Scores of items alone would say nothing new: in a sum, an item can count more by having a longer row.
 *
 * Weights of 1/n give the plain sum Σ x/√n, which all begin with, so pooled vectors are √n Σ softmax x.
 */

import { attentionPooling } from '../../nn/layers/attention-pooling.ts'
import { divide, multiply } from '../../nn/operators/arithmetic.ts'
import { segmentSum } from '../../nn/operators/segments.ts'
import { type Initialiser, input, type Tensor } from '../../nn/tensor.ts'
import type { Weights } from '../../nn/weights.ts'
import { addProduct } from '../vector-times-matrix.ts'

/** As the graph names them, all of width dim. */
export interface Attention {
  keyWeight: Float32Array
  queryWeight: Float32Array
  queryBias: Float32Array
}

const NAME = 'user/pooling'

/**
 * @param values one vector for each query item, user after user: [asked, dim]
 * @param about what the plain sum says of a user: [users, dim] to [users, dim]
 * @returns [users, dim]
 */
export function pooledByAttention(
  values: Tensor,
  about: (sum: Tensor) => Tensor,
  initialise?: Initialiser,
): Tensor {
  const history = { values, rowOf: input('query/row', ['asked'], 'int32'), rows: 'users' }
  /** 1/√n of each user. */
  const scale = input('query/scale', ['users', 1])
  const pool = attentionPooling(NAME, { initialise })
  return divide(pool(history, about(multiply(segmentSum(history), scale))), scale)
}

export const attentionOf = (weights: Weights): Attention => ({
  keyWeight: weights.get(`${NAME}/key/weight`)!.slice(),
  queryWeight: weights.get(`${NAME}/query/weight`)!.slice(),
  queryBias: weights.get(`${NAME}/query/bias`)!.slice(),
})

/**
 * The same for one request.
 *
 * @returns a function that changes the weights of a history's items so that their weighted sum is the pooled one
 */
export function openAttention({ keyWeight, queryWeight, queryBias }: Attention) {
  const dim = queryBias.length
  const query = new Float32Array(dim)
  /** K Q q / √dim: its product with a vector is the vector's score. */
  const direction = new Float32Array(dim)
  return (vectors: readonly Float32Array[], weights: number[], about: Float32Array): void => {
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
