/**
 * @file Implicit-feedback matrix factorisation by alternating least squares (Hu, Koren and Volinsky 2008, "Collaborative
 * filtering for implicit feedback datasets"), each row by a few steps of conjugate gradients (Takács et al. 2011).
 *
 *   min Σ_ui c_ui (p_ui − x_u·y_i)² + λ (Σ|x_u|² + Σ|y_i|²),   p 1 and c `confidence` for what a user had, else p 0 and c 1
 */

import { Tensor } from 'onnxruntime-node'
import { type Csr, transpose } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import { createRandom } from '../../base/random.ts'
import { sharedFloat32 } from '../../base/shared.ts'
import { workerModule } from '../../base/worker-module.ts'
import { WorkerPool } from '../../base/worker-pool.ts'
import { emitModel } from '../../nn/onnx/emit.ts'
import { matmul } from '../../nn/operators/matmul.ts'
import { transpose as transposed } from '../../nn/operators/movement.ts'
import { openSession } from '../../nn/session.ts'
import { input } from '../../nn/tensor.ts'
import { type VectorMatrix, vectorMatrix } from '../../vectors/vector-matrix.ts'
import type { AlsShared, AlsTask } from './als-rows.ts'

export interface AlsOptions {
  dim: number
  /** Times that users are solved for items and items for users. */
  iterations: number
  confidence: number
  regularisation: number
  /** Whether it is wanted whom each item alone makes. */
  alone?: boolean
}

export interface AlsFactors {
  /** items × dim; 0 for items that nobody had. */
  items: VectorMatrix
  /** Their sums of squares and products, dim × dim: what users that come later are solved with. */
  gram: Float32Array
  /** items × dim: the factors of a user who had that item alone; without rows where they are not wanted. */
  alone: VectorMatrix
}

/** Rows that a worker solves at a time. */
const BLOCK = 512
/** Steps of conjugate gradients from what the last iteration left; from nothing it takes more. */
const STEPS = { again: 3, alone: 15 }

/** @param rows users × items, distinct; results do not depend on the number of threads */
export async function fitAls(
  rows: Csr,
  { dim, iterations, confidence, regularisation, alone: wantsAlone = false }: AlsOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<AlsFactors> {
  const users = vectorMatrix(rows.rows, dim)
  const items = vectorMatrix(rows.columns, dim)
  const random = createRandom(seed)
  const columns = transpose(rows)
  for (let k = 0; k < items.values.length; k++) items.values[k] = (0.1 * random.normal()) / Math.sqrt(dim)
  const alone = vectorMatrix(wantsAlone ? rows.columns : 0, dim)
  const shared: AlsShared = {
    ...{ users, items, alone, rows, columns, confidence, regularisation },
    gram: sharedFloat32(dim * dim),
  }
  const gram = await openGram(dim)
  const pool = new WorkerPool<AlsTask, null>(workerModule(import.meta.url, './als-worker'), threads, shared)
  const task = progress.start('Factorising', iterations)
  const solve = async (side: AlsTask['side'], steps: number, count: number, other: VectorMatrix) => {
    shared.gram.set(await gram.of(other))
    await pool.runAll(blocks(side, steps, count))
  }
  try {
    for (let iteration = 0; iteration < iterations; iteration++) {
      await solve('users', STEPS.again, rows.rows, items)
      await solve('items', STEPS.again, rows.columns, users)
      task.update(iteration + 1)
    }
    shared.gram.set(await gram.of(items))
    await pool.runAll(blocks('alone', STEPS.alone, alone.count))
    return { items, gram: shared.gram, alone }
  } finally {
    task.end()
    await pool.close()
    await gram.close()
  }
}

function blocks(side: AlsTask['side'], steps: number, count: number): AlsTask[] {
  const tasks: AlsTask[] = []
  for (let from = 0; from < count; from += BLOCK)
    tasks.push({ side, steps, from, to: Math.min(count, from + BLOCK) })
  return tasks
}

/** Sums of squares and products of the columns. One thread: it is quick, and several might add in another order. */
async function openGram(dim: number) {
  const factors = input('factors', ['n', dim])
  const session = await openSession(emitModel({ gram: matmul(transposed(factors), factors) }).bytes, {
    threads: 1,
  })
  return {
    async of({ count, values }: VectorMatrix): Promise<Float32Array> {
      const { gram } = await session.run({ factors: new Tensor('float32', values, [count, dim]) })
      return gram!.data as Float32Array
    },
    close: () => session.release(),
  }
}
