/**
 * @file item2vec: vectors of items from what stands near what in sequences (Barkan and Koenigstein 2016), by skip-gram
 * with negative sampling (Mikolov et al. 2013) as in Pin2Vec (Liu et al. 2017, section 3.2).
 *
 * Maximises over centres c and the items o of their windows
 *   log σ(u_c·v_o) + Σ_{k ≤ negatives} E_{n ~ count^noiseExponent} log σ(−u_n·v_o)
 * where v are the input vectors and u the output vectors. The negatives of a centre are shared by its window (Ji et al.
 * 2016): a step is then a small matrix product. An item's vector is v + u, as in GloVe (Pennington et al. 2014): what
 * stands in the same surroundings is near by v·v and u·u, what stands beside each other by v·u.
 */

import { loadKernel } from '../base/kernel.ts'
import type { Progress } from '../base/progress.ts'
import { sharedUint32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { WorkerPool } from '../base/worker-pool.ts'
import { type VectorMatrix, vectorMatrix } from '../vectors/vector-matrix.ts'
import { type ItemSequences, layOut } from './item2vec-memory.ts'
import type { Item2vecShared, Item2vecTask } from './item2vec-worker.ts'

export interface Item2vecOptions {
  /** A multiple of 16: the kernel takes 16 floats at a time. */
  dim: number
  /** Items on either side at most; each centre draws its own reach from 1 … window. */
  window: number
  /** Per centre. */
  negatives: number
  /** Noise ∝ count^noiseExponent. */
  noiseExponent: number
  /** Items more frequent than this share are thinned out; 0 keeps everything. */
  subsampling: number
  /** At the start; falls linearly to a thousandth of it. */
  learningRate: number
  epochs: number
  /** Workers without locks over the same vectors: faster, but the numbers differ from run to run. */
  hogwild: boolean
}

/** Items of sequences handed to a worker at a time. */
const BLOCK_ITEMS = 50_000

/**
 * The same seed gives the same numbers to the last bit unless `hogwild` is set.
 *
 * @param sequences columns are the items
 * @param threads only used with `hogwild`
 * @returns items × dim; items that occur in no sequence have the vector 0
 */
export async function fitItem2vec(
  sequences: ItemSequences,
  options: Item2vecOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<VectorMatrix> {
  const workers = options.hogwild ? Math.max(1, threads) : 1
  const { memory, layout, scratches, inputs, outputs } = layOut(sequences, options, seed, workers)
  const kernel = loadKernel('item2vec')
  const shared: Item2vecShared = { kernel, memory, layout, scratches, taken: sharedUint32(1) }
  const tasks = tasksOf(sequences, options.epochs)
  const training = progress.start('Training item2vec', tasks.length)
  const pool = new WorkerPool<Item2vecTask, null>(
    workerModule(import.meta.url, './item2vec-worker'),
    workers,
    shared,
  )
  let done = 0
  try {
    await Promise.all(
      tasks.map(async (task) => {
        await pool.run(task)
        training.update(++done)
      }),
    )
  } finally {
    training.end()
    await pool.close()
  }
  const table = vectorMatrix(sequences.rows.columns, options.dim)
  for (let k = 0; k < table.values.length; k++) table.values[k] = inputs[k] + outputs[k]
  return table
}

/** Blocks of whole sequences, in order, epoch after epoch. */
function tasksOf({ rows }: ItemSequences, epochs: number): Item2vecTask[] {
  const tasks: Item2vecTask[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let from = 0, to = 0; from < rows.rows; from = to) {
      while (to < rows.rows && rows.offsets[to] - rows.offsets[from] < BLOCK_ITEMS) to++
      tasks.push({ epoch, from, to })
    }
  }
  return tasks
}
