/**
 * @file The graph's low frequencies: the leading right singular vectors of the degree-normalised rows (Shen et al. 2021,
 * "How Powerful is Graph Convolution for Recommendation?", the ideal low-pass filter of GF-CF; Cremonesi et al. 2010,
 * PureSVD), found by randomised subspace iteration (Halko et al. 2011, algorithm 4.4).
 */

import { type Csr, degree, transpose } from '../base/csr.ts'
import type { Progress } from '../base/progress.ts'
import { createRandom } from '../base/random.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { WorkerPool } from '../base/worker-pool.ts'
import { type VectorMatrix, vectorMatrix } from '../vectors/vector-matrix.ts'
import { orthonormalise } from './orthonormalise.ts'
import type { SpectralShared, SpectralTask } from './spectral-rows.ts'

export interface SpectralOptions {
  /** Number of singular vectors. */
  rank: number
  /** Multiplications by R̃ᵀR̃; the directions just below the cut fade with each. */
  iterations: number
}

/** Rows of a product that a worker does at a time. */
const BLOCK = 512

/**
 * With R̃ = D_rows^−½ R D_items^−½ and V its `rank` leading right singular vectors, V Vᵀ keeps what varies slowly over the
 * graph. Results do not depend on the number of threads.
 *
 * @param rows users and collections × items, distinct
 * @returns items × rank, orthonormal columns spanning those of V; rows of items without edges are 0
 */
export async function fitSpectral(
  rows: Csr,
  { rank, iterations }: SpectralOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<VectorMatrix> {
  const items = rows.columns
  const columns = transpose(rows)
  const basis = vectorMatrix(items, Math.min(rank, items))
  const random = createRandom(seed)
  for (let i = 0; i < items; i++) {
    if (degree(columns, i) === 0) continue
    for (let k = 0; k < basis.dim; k++) basis.values[i * basis.dim + k] = random.normal()
  }
  const shared: SpectralShared = {
    rows: { ...rows, weights: inverseRoots(rows) },
    columns: { ...columns, weights: inverseRoots(columns) },
    basis,
    image: vectorMatrix(rows.rows, basis.dim),
  }
  const pool = new WorkerPool<SpectralTask, null>(
    workerModule(import.meta.url, './spectral-worker'),
    threads,
    shared,
  )
  const task = progress.start('Finding the low frequencies', iterations)
  try {
    for (let iteration = 0; iteration < iterations; iteration++) {
      await pool.runAll(blocks('image', rows.rows))
      await pool.runAll(blocks('basis', items))
      orthonormalise(basis)
      task.update(iteration + 1)
    }
  } finally {
    task.end()
    await pool.close()
  }
  return basis
}

function blocks(product: SpectralTask['product'], length: number): SpectralTask[] {
  const tasks: SpectralTask[] = []
  for (let from = 0; from < length; from += BLOCK)
    tasks.push({ product, from, to: Math.min(length, from + BLOCK) })
  return tasks
}

/** degree^−½ of every row; 0 for an empty one. */
function inverseRoots(csr: Csr): Float32Array {
  const roots = sharedFloat32(csr.rows)
  for (let r = 0; r < csr.rows; r++) roots[r] = degree(csr, r) > 0 ? degree(csr, r) ** -0.5 : 0
  return roots
}
