/** @file Vectors of length 1 in all directions: as hard for search as vectors get, none is much nearer than others. */

import type { Random } from '../src/base/random.ts'
import { normalise } from '../src/vectors/vector-matrix.ts'

/** @returns row-major, count × dim */
export function unitVectors(count: number, dim: number, random: Random): Float32Array {
  const vectors = new Float32Array(count * dim)
  for (let n = 0; n < vectors.length; n++) vectors[n] = random.normal()
  for (let row = 0; row < count; row++) normalise(vectors.subarray(row * dim, (row + 1) * dim))
  return vectors
}
