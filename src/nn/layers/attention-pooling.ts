/** @file Attention pooling: the vectors of a history become one, each with a weight that is learned. */

import { divide, multiply } from '../operators/arithmetic.ts'
import { gather } from '../operators/gather.ts'
import { maskedSoftmax } from '../operators/masked-softmax.ts'
import { matmul } from '../operators/matmul.ts'
import { reshape, sum } from '../operators/movement.ts'
import { tanh } from '../operators/pointwise.ts'
import { embeddingBag, type Jagged, segmentSoftmax } from '../operators/segments.ts'
import type { Dim } from '../shape.ts'
import type { Initialiser, Tensor } from '../tensor.ts'
import { forWidth, widthOf } from './layer.ts'
import { linear } from './linear.ts'

export interface AttentionPoolingOptions {
  /** Width in which values are compared; that of the values when left out. */
  hidden?: number
  /** Of the matrix of scores or keys; Glorot's when left out. With zeros all values weigh alike at first. */
  initialise?: Initialiser
}

/** A history is jagged [n, width], or padded [batch, time, width] with a mask [batch, time] of what is there. */
export type History = Jagged | { values: Tensor; mask: Tensor }

/**
 * @param query [batch, …] that a value's weight depends on; left out, values are weighed by themselves
 * @returns [batch, width]; 0 where the history is empty
 */
export type Pooling = (history: History, query?: Tensor) => Tensor

/**
 * Weights softmax(v · tanh(W x + b)) (Yang et al. 2016, section 2.2), or softmax(Q q · K x / √hidden) when a query is
 * given. Parameters `name/hidden` and `name/score`, or `name/key` and `name/query`.
 */
export function attentionPooling(name: string, options: AttentionPoolingOptions = {}): Pooling {
  const { hidden, initialise } = options
  const layers = forWidth(name, (width) => ({
    hidden: linear(`${name}/hidden`, hidden ?? width),
    // A shift of all scores of a history is not seen by softmax.
    score: linear(`${name}/score`, 1, { bias: false, initialise }),
    key: linear(`${name}/key`, hidden ?? width, { bias: false, initialise }),
    query: linear(`${name}/query`, hidden ?? width),
  }))
  return (history, query) => {
    const { values } = history
    const layer = layers(values)
    if (!query) {
      const scores = layer.score(tanh(layer.hidden(values)))
      return pool(history, reshape(scores, values.shape.slice(0, -1)))
    }
    const keys = layer.key(values)
    const queries = divide(layer.query(query), Math.sqrt(widthOf(keys, name)))
    return pool(history, likeness(keys, queries, history))
  }
}

/** Query and key multiplied: [n] or [batch, time]. */
function likeness(keys: Tensor, queries: Tensor, history: History): Tensor {
  if ('rowOf' in history) return sum(multiply(keys, gather(queries, history.rowOf)), [-1])
  return sum(multiply(keys, reshape(queries, [queries.shape[0]!, 1, queries.shape[1]!])), [-1])
}

function pool(history: History, scores: Tensor): Tensor {
  if ('rowOf' in history)
    return embeddingBag(history, { weights: segmentSoftmax({ ...history, values: scores }) })
  const [batch, time, width] = history.values.shape as [Dim, Dim, Dim]
  const weights = reshape(maskedSoftmax(scores, history.mask), [batch, 1, time])
  return reshape(matmul(weights, history.values), [batch, width])
}
