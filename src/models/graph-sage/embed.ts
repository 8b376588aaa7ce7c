/**
 * @file The vectors of all items, layer by layer over whole neighbourhoods (Hamilton et al. 2017, algorithm 1), and the vector
 * of one item that came later.
 */

import { Tensor } from 'onnxruntime-node'
import type { Csr } from '../../base/csr.ts'
import { openOutputs } from '../../nn/graph-session.ts'
import { input } from '../../nn/tensor.ts'
import type { Weights } from '../../nn/weights.ts'
import { normalise, type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { addProduct } from '../vector-times-matrix.ts'
import { sageLayer, type TowerOptions } from './tower.ts'

/** Rows at a time. */
const BLOCK = 4096

/**
 * @param rows layer 0 of each item: items × dim
 * @param neighbours items × items with positive weights
 * @param weights of the layers
 * @returns items × dim, of length 1; zero where layer 0 is zero and there are no neighbours
 */
export async function embedAll(
  rows: VectorMatrix,
  neighbours: Csr,
  options: TowerOptions,
  weights: Weights,
  threads: number,
): Promise<VectorMatrix> {
  let x = rows
  for (let level = 1; level <= options.layers; level++)
    x = await applyLayer(x, aggregated(x, neighbours), options, level, weights, threads)
  for (let item = 0; item < x.count; item++) normalise(vectorAt(x, item))
  return x
}

/** Weighted means of neighbours' rows; zero without neighbours. */
export function aggregated(x: VectorMatrix, { offsets, targets, weights }: Csr): VectorMatrix {
  const { count, dim } = x
  const means = vectorMatrix(count, dim)
  for (let item = 0; item < count; item++) {
    const [start, end] = [offsets[item]!, offsets[item + 1]!]
    let total = 0
    for (let k = start; k < end; k++) total += weights![k]!
    for (let k = start; k < end; k++) {
      const weight = weights![k]! / total
      const from = targets[k]! * dim
      for (let j = 0, at = item * dim; j < dim; j++) means.values[at + j]! += weight * x.values[from + j]!
    }
  }
  return means
}

async function applyLayer(
  x: VectorMatrix,
  means: VectorMatrix,
  options: TowerOptions,
  level: number,
  weights: Weights,
  threads: number,
): Promise<VectorMatrix> {
  const { count, dim } = x
  const shape = ['n', dim]
  const out = sageLayer(options, level)(input('self', shape), input('neighbours', shape), false)
  const session = await openOutputs({ out }, { weights, threads })
  const above = vectorMatrix(count, dim)
  try {
    for (let from = 0; from < count; from += BLOCK) {
      const to = Math.min(count, from + BLOCK)
      const part = ({ values }: VectorMatrix) =>
        new Tensor('float32', values.subarray(from * dim, to * dim), [to - from, dim])
      await session.run({ self: part(x), neighbours: part(means) }, { out: part(above) })
    }
  } finally {
    await session.close()
  }
  return above
}

/** Weights of a layer as the graph names them: x W + b, row-major [in, out]. */
export interface LayerWeights {
  firstWeight: Float32Array
  firstBias: Float32Array
  secondWeight: Float32Array
  secondBias: Float32Array
}

export function layerWeights(weights: Weights, layers: number): LayerWeights[] {
  return Array.from({ length: layers }, (_, k) => {
    const of = (name: string) => weights.get(`layer/${k + 1}/${name}`)!.slice()
    return {
      firstWeight: of('0/weight'),
      firstBias: of('0/bias'),
      secondWeight: of('1/weight'),
      secondBias: of('1/bias'),
    }
  })
}

/**
 * The vector of an item without neighbours, at once and in this thread: the same as its graph.
 *
 * @param row layer 0, changed in place
 * @returns the row, of length 1
 */
export function embedAlone(row: Float32Array, layers: readonly LayerWeights[]): Float32Array {
  for (const { firstWeight, firstBias, secondWeight, secondBias } of layers) {
    const inner = firstBias.slice()
    // The lower half of the matrix is for neighbours.
    addProduct(row, firstWeight, inner)
    for (let k = 0; k < inner.length; k++) inner[k] = inner[k]! / (1 + Math.exp(-inner[k]!))
    for (let j = 0; j < row.length; j++) row[j]! += secondBias[j]!
    addProduct(inner, secondWeight, row)
  }
  return normalise(row)
}
