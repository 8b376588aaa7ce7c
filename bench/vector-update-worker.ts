/** @file A thread that updates rows of a table in place as fast as it can, and counts them. */

import { workerData } from 'node:worker_threads'
import { createRandom } from '../src/base/random.ts'
import type { TableParts } from '../src/vectors/table-memory.ts'
import { VectorTable } from '../src/vectors/vector-table.ts'

export interface UpdateData {
  parts: TableParts
  /** Whether to stop, and how many rows have been updated. */
  state: Int32Array
}

const { parts, state } = workerData as UpdateData
const table = VectorTable.attach(parts)
const random = createRandom(9)
const { dim } = table.shape
const fresh = Float32Array.from({ length: 4096 * dim }, () => random.normal())

while (Atomics.load(state, 0) === 0) {
  for (let n = 0; n < 256; n++) {
    const from = random.below(4096) * dim
    table.update(random.below(table.rows), fresh.subarray(from, from + dim))
  }
  Atomics.add(state, 1, 256)
}
