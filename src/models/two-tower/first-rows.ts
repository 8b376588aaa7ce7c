/**
 * @file Rows that the tables of items begin with: factors of who had what, learned before the towers are instead of
 * memorised by them; with the same purpose as the contrastive first stage of Hsu et al. 2024, "Taming the one-epoch
 * phenomenon in online recommendation system by two-stage contrastive ID pre-training".
 */

import { type Csr, selectRows } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { lengthOf, type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'
import { type AlsFactors, fitAls } from '../als/als.ts'
import { lastMade } from './last-made.ts'

export const FACTORS = { iterations: 10, confidence: 10, regularisation: 0.05 }
/** Users that are factorised at most: enough to begin with. */
const USERS = 200_000
const lastFactors = lastMade<AlsFactors>()

export interface FirstTables {
  /** (items and more) × dim: what items are liked for. */
  ids: VectorMatrix
  /** (items and more) × dim: what items say of who had them. */
  history: VectorMatrix
}

/**
 * Sets the rows of items that a learner had: in `ids` the item's factors, of length 1; in `history` those of a user who
 * had the item alone, of length 1 in the mean. Other rows stay as they are.
 *
 * @param histories users × items
 * @param learners users that are looked at, in any order
 */
export async function setFirstRows(
  { ids, history }: FirstTables,
  histories: Csr,
  learners: Uint32Array,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<void> {
  const { items, alone } = await firstFactors(histories, learners, ids.dim, seed, threads, progress)
  const lengths = Float64Array.from({ length: items.count }, (_, item) => lengthOf(vectorAt(items, item)))
  let warm = 0
  let total = 0
  lengths.forEach((length, item) => {
    if (length === 0) return
    warm++
    total += lengthOf(vectorAt(alone, item))
  })
  lengths.forEach((length, item) => {
    if (length === 0) return
    setScaled(vectorAt(ids, item), vectorAt(items, item), 1 / length)
    setScaled(vectorAt(history, item), vectorAt(alone, item), warm / total)
  })
}

/** Of what the learners had; made once where one trial after the other asks for the same. */
export function firstFactors(
  histories: Csr,
  learners: Uint32Array,
  dim: number,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<AlsFactors> {
  const users = learners.slice(0, USERS)
  return lastFactors(histories, { users, dim, seed }, () =>
    fitAls(selectRows(histories, users), { ...FACTORS, alone: true, dim }, seed, threads, progress),
  )
}

function setScaled(target: Float32Array, source: Float32Array, scale: number): void {
  for (let k = 0; k < target.length; k++) target[k] = scale * source[k]!
}
