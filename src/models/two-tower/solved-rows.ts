/**
 * @file Rows that tables of items begin with where histories are solved for: before the first step the towers rank as implicit
 * ALS does whose items have length 1, see `solved-weights.ts`.
 */

import { factorise, solveLower, solveUpper } from '../../base/cholesky.ts'
import type { Csr } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { lengthOf, normalise, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { FACTORS, type FirstTables, firstFactors } from './first-rows.ts'
import type { Solving } from './solved-weights.ts'

/** In who asks: on goodbooks' validation part more was found so than with that of the factors (recall@100 0.515 against 0.510). */
const CONFIDENCE = 30

/**
 * Sets the rows of items that a learner had: in `ids` the item's factors y, of length 1; in `history` A⁻¹y, of length 1 in the
 * mean. Other rows stay as they are.
 *
 * @param histories users × items
 * @param learners users that are looked at, in any order
 * @returns what weighs histories
 */
export async function setSolvedRows(
  { ids, history }: FirstTables,
  histories: Csr,
  learners: Uint32Array,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<Solving> {
  const { dim } = ids
  const { items, gram } = await firstFactors(histories, learners, dim, seed, threads, progress)
  const lower = Float64Array.from(gram)
  for (let k = 0; k < dim; k++) lower[k * (dim + 1)]! += FACTORS.regularisation
  factorise(lower, dim)
  const factors = vectorMatrix(items.count, dim)
  const solved = new Float64Array(dim)
  const warm: Float32Array[] = []
  for (let item = 0; item < items.count; item++) {
    const own = vectorAt(items, item)
    if (lengthOf(own) === 0) continue
    const [id, said] = [vectorAt(ids, item), vectorAt(history, item)]
    id.set(own)
    normalise(id)
    solved.set(own)
    solveLower(lower, dim, solved)
    vectorAt(factors, item).set(solved)
    solveUpper(lower, dim, solved)
    said.set(solved)
    warm.push(said)
  }
  const mean = warm.reduce((sum, said) => sum + lengthOf(said), 0) / warm.length
  for (const said of warm) for (let j = 0; j < dim; j++) said[j]! /= mean
  return { factors, confidence: CONFIDENCE }
}
