/** @file A thread that writes rows of a table again and again, each time as one of two vectors with its colour. */

import { parentPort, workerData } from 'node:worker_threads'
import { createRandom } from '../../src/base/random.ts'
import type { TableParts } from '../../src/vectors/table-memory.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'

export interface FlippingData {
  parts: TableParts
  rows: number
  vectors: [Float32Array, Float32Array]
  seed: number
  /** Only rows that it divides are written, and none is deleted; when absent any is, and some are. */
  step?: number
  /** Whether to stop, and how many writes have been made. */
  state: Int32Array
}

const { parts, rows, vectors, seed, step, state } = workerData as FlippingData
const table = VectorTable.attach(parts)
const random = createRandom(seed)

while (Atomics.load(state, 0) === 0) {
  const row = random.below(Math.floor(rows / (step ?? 1))) * (step ?? 1)
  const which = random.below(2)
  const attributes = { colour: which === 0 ? 'red' : 'blue', price: which, added: which }
  if (step === undefined && random.below(8) === 0) table.delete(row)
  else table.set(row, vectors[which], table.shape.attributes && attributes)
  Atomics.add(state, 1, 1)
  Atomics.notify(state, 1)
}
parentPort!.postMessage('stopped')
