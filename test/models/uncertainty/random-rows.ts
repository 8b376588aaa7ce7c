/** @file Random rows with a σ each, and a query. */

import { createRandom } from '../../../src/base/random.ts'
import { vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

export function randomRows(count: number, dim: number, seed: number) {
  const random = createRandom(seed)
  const rows = vectorMatrix(count, dim)
  for (let k = 0; k < rows.values.length; k++) rows.values[k] = random.normal()
  const sigma = Float32Array.from({ length: count }, () => 3 * random.float())
  const query = Float32Array.from({ length: dim }, () => random.normal())
  return { rows, sigma, query }
}
