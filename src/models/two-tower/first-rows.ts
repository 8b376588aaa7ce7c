/**
 * @file Rows that the tables of items begin with: the leading singular vectors of who had what (PureSVD, Cremonesi et al.
 * 2010). Rows of few users are learned once, before the towers are, instead of memorised by them; with the same purpose as
 * the contrastive first stage of Hsu et al. 2024, "Taming the one-epoch phenomenon in online recommendation system by
 * two-stage contrastive ID pre-training".
 */

import { type Csr, selectRows } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { lengthOf, type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'
import { fitSpectral } from '../spectral.ts'

const ITERATIONS = 5
/** What many users had is divided a little: undivided, the first directions would tell of nothing else. */
const POWERS = { rows: 0, items: 0.25 }

/**
 * @param histories users × items
 * @param learners users that are looked at
 * @param tables (items and more) × dim; rows of items that a learner had are set, of length 1 in the mean
 */
export async function setFirstRows(
  tables: readonly VectorMatrix[],
  histories: Csr,
  learners: Uint32Array,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<void> {
  const rank = Math.min(...tables.map(({ dim }) => dim))
  const options = { rank, iterations: ITERATIONS, powers: POWERS }
  const vectors = await fitSpectral(selectRows(histories, learners), options, seed, threads, progress)
  const lengths = Float64Array.from({ length: vectors.count }, (_, item) => lengthOf(vectorAt(vectors, item)))
  const warm = lengths.reduce((count, length) => count + (length > 0 ? 1 : 0), 0)
  const scale = warm / lengths.reduce((sum, length) => sum + length, 0)
  lengths.forEach((length, item) => {
    if (length === 0) return
    const row = vectorAt(vectors, item).map((value) => value * scale)
    for (const table of tables) vectorAt(table, item).fill(0).set(row)
  })
}
