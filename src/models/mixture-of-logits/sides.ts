/**
 * @file What one side, a user's or an item's, brings into a mixture of logits: made once from the output of its tower. All
 * that is left for a pair of the two is in `scorer.ts`.
 */

import {
  lengthOf,
  normalise,
  type VectorMatrix,
  vectorAt,
  vectorMatrix,
} from '../../vectors/vector-matrix.ts'
import { addProduct } from '../vector-times-matrix.ts'

/** Weights of two linear layers with silu between, as the graph names them: row-major [in, out]. */
export interface Perceptron {
  firstWeight: Float32Array
  firstBias: Float32Array
  secondWeight: Float32Array
  secondBias: Float32Array
}

export interface SideWeights {
  /** Vectors that a tower's output is cut into. */
  vectors: number
  /** From a tower's output to this side's factor of all gates: [dim, vectors² + 1]. */
  gate: Perceptron
  /** From a tower's output to the vector of the first stage, row-major [dim, width]. */
  first: Float32Array
}

/** Views or arrays of one user or item. */
export interface Side {
  /** dim: the tower's output, cut into vectors of length 1. */
  vectors: Float32Array
  /** How long they were in a tower's output of length 1: as many as there are vectors. */
  lengths: Float32Array
  /** Gate of user vector p and item vector m at p · vectors + m, then that of the towers' own product. */
  gates: Float32Array
  /** Of length 1; the first stage's score is the product of two. */
  first: Float32Array
}

/** The same of many, a row each. */
export interface Sides {
  vectors: VectorMatrix
  lengths: VectorMatrix
  gates: VectorMatrix
  first: VectorMatrix
}

/** @returns a function that fills a side from a tower's output: dim numbers, of length 1 */
export function openSide({ vectors, gate, first }: SideWeights): (tower: Float32Array, out: Side) => Side {
  const inner = new Float32Array(gate.firstBias.length)
  return (tower, out) => {
    const width = tower.length / vectors
    out.vectors.set(tower)
    for (let v = 0; v < vectors; v++) {
      const vector = out.vectors.subarray(v * width, (v + 1) * width)
      out.lengths[v] = lengthOf(vector)
      normalise(vector)
    }
    inner.set(gate.firstBias)
    addProduct(tower, gate.firstWeight, inner)
    for (let k = 0; k < inner.length; k++) inner[k] = inner[k]! / (1 + Math.exp(-inner[k]!))
    out.gates.set(gate.secondBias)
    addProduct(inner, gate.secondWeight, out.gates)
    out.first.fill(0)
    addProduct(tower, first, out.first)
    normalise(out.first)
    return out
  }
}

/** Fresh arrays for one side. */
export function emptySide({ vectors, first }: SideWeights, dim: number): Side {
  return {
    vectors: new Float32Array(dim),
    lengths: new Float32Array(vectors),
    gates: new Float32Array(vectors ** 2 + 1),
    first: new Float32Array(first.length / dim),
  }
}

/** @param towers outputs of a tower, a row each */
export function sidesOf(weights: SideWeights, towers: VectorMatrix): Sides {
  const { count, dim } = towers
  const sides = {
    vectors: vectorMatrix(count, dim),
    lengths: vectorMatrix(count, weights.vectors),
    gates: vectorMatrix(count, weights.vectors ** 2 + 1),
    first: vectorMatrix(count, weights.first.length / dim),
  }
  const fill = openSide(weights)
  for (let row = 0; row < count; row++) fill(vectorAt(towers, row), sideAt(sides, row))
  return sides
}

/** Views of a row. */
export function sideAt({ vectors, lengths, gates, first }: Sides, row: number): Side {
  return {
    vectors: vectorAt(vectors, row),
    lengths: vectorAt(lengths, row),
    gates: vectorAt(gates, row),
    first: vectorAt(first, row),
  }
}
