/** @file The Gram matrix XᵀX of sparse rows, dense and symmetric, built panel by panel on all threads. */

import { type Csr, transpose } from '../base/csr.ts'
import { workerModule } from '../base/worker-module.ts'
import { WorkerPool } from '../base/worker-pool.ts'
import { type SymmetricPanels, symmetricPanels } from './symmetric-panels.ts'

/** What a worker needs; all arrays are shared. */
export interface GramShared {
  /** Rows × items, weighted, the items of a row ascending. */
  rows: Csr
  /** The same, items × rows. */
  columns: Csr
  gram: SymmetricPanels
}

/**
 * @param rows weighted; in any order within a row
 * @param height of the panels
 */
export async function gramOf(rows: Csr, height: number, threads: number): Promise<SymmetricPanels> {
  const columns = transpose(rows)
  // Transposed back, the items of each row ascend.
  const shared: GramShared = {
    rows: transpose(columns),
    columns,
    gram: symmetricPanels(rows.columns, height),
  }
  const panels = shared.gram.panels.length
  const pool = new WorkerPool<number, null>(
    workerModule(import.meta.url, './gram-worker'),
    Math.max(1, Math.min(threads, panels)),
    shared,
  )
  try {
    await pool.runAll(Array.from({ length: panels }, (_, panel) => panel))
  } finally {
    await pool.close()
  }
  return shared.gram
}
