/**
 * @file The user's tower for one request, at once and in this thread: the same as its graph, over a handful of weights.
 * Starting ONNX Runtime for a single row would cost more than the row.
 */

import { normalise } from '../../vectors/vector-matrix.ts'
import { addProduct } from '../vector-times-matrix.ts'

/** Weights as the graph names them: x W + b, row-major [in, out]. */
export interface UserTower {
  dim: number
  hidden: number
  firstWeight: Float32Array
  firstBias: Float32Array
  secondWeight: Float32Array
  secondBias: Float32Array
}

/** @returns a function from a history (changed in place) to the user's vector, of length 1 */
export function openUserTower(tower: UserTower): (history: Float32Array) => Float32Array {
  const { dim, hidden, firstWeight, firstBias, secondWeight, secondBias } = tower
  const inner = new Float32Array(hidden)
  return (history) => {
    normalise(history)
    inner.set(firstBias)
    addProduct(history, firstWeight, inner)
    for (let k = 0; k < hidden; k++) inner[k] = inner[k]! / (1 + Math.exp(-inner[k]!))
    for (let j = 0; j < dim; j++) history[j]! += secondBias[j]!
    addProduct(inner, secondWeight, history)
    return normalise(history)
  }
}
