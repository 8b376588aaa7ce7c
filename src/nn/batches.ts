/**
 * @file Streams of batches. A source makes batch k of an epoch from nothing but its two numbers: so batches can be made by
 * any number of threads ahead of the training, and a training that was stopped goes on where it was.
 */

import { WorkerPool } from '../base/worker-pool.ts'
import type { BatchArray } from './batch.ts'

/** Arrays by the names of inputs; for rows of a table, their numbers. */
export type TrainBatch = Readonly<Record<string, BatchArray | Uint32Array>>

export interface BatchSource {
  /** Batches of one epoch. */
  readonly count: number
  /** The same arrays whenever it is asked. */
  batch(epoch: number, index: number): TrainBatch | Promise<TrainBatch>
  close?(): Promise<void>
}

export interface BatchTask {
  epoch: number
  index: number
}

/** Threads make batches; the module calls `serveTasks` with a function from tasks to batches. */
export function batchesFromWorkers(
  module: URL,
  shared: unknown,
  { count, threads }: { count: number; threads: number },
): BatchSource {
  const pool = new WorkerPool<BatchTask, TrainBatch>(module, threads, shared)
  return {
    count,
    batch: (epoch, index) => pool.run({ epoch, index }),
    close: () => pool.close(),
  }
}

/** Batches `from` … of an epoch in order, at most `ahead` of them made before they are asked for. */
export async function* inAdvance(
  source: BatchSource,
  epoch: number,
  from: number,
  ahead: number,
): AsyncGenerator<TrainBatch> {
  const made: Promise<TrainBatch>[] = []
  for (let index = from, next = from; index < source.count; index++) {
    while (next < source.count && next < index + Math.max(1, ahead)) {
      const batch = Promise.resolve(source.batch(epoch, next++))
      // Whoever stops early leaves batches behind whose failure nobody waits for.
      batch.catch(() => undefined)
      made.push(batch)
    }
    yield await (made.shift() as Promise<TrainBatch>)
  }
}
