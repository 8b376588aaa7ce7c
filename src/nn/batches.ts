/**
 * @file Streams of batches. A source makes batch k of an epoch from nothing but its two numbers: so batches can be made by
 * any number of threads ahead of the training, and a training that was stopped goes on where it was.
 */

import { serveTasks, WorkerPool } from '../base/worker-pool.ts'
import type { BatchArray } from './batch.ts'
import { type PackedBatch, packBatch, unpackBatch } from './batch-memory.ts'

/** Arrays by the names of inputs; for rows of a table, their numbers. What no input is named after is for samplers. */
export type TrainBatch = Readonly<Record<string, BatchArray | Uint32Array | Float64Array>>

export interface BatchSource {
  /** Batches of one epoch. */
  readonly count: number
  /** The same values whenever it is asked. */
  batch(epoch: number, index: number): TrainBatch | Promise<TrainBatch>
  /** Nobody needs this batch any more: another one may be written over its arrays. */
  release?(batch: TrainBatch): void
  /** What has to be the same when a training goes on: it is kept in checkpoints, as JSON. */
  readonly state?: unknown
  /** Goes on from the state that a checkpoint kept. Called before anything is asked, `count` included. */
  resume?(state: unknown): void
  close?(): Promise<void>
}

export interface BatchTask {
  epoch: number
  index: number
}

/** What a thread is sent: the batch to make, and memory that it may take. */
interface MemoryTask extends BatchTask {
  memory: SharedArrayBuffer | null
}

/**
 * Threads make batches; the module calls `serveBatches`. There is memory for as many batches as are out at once, which is
 * used again: a batch is valid until it is released.
 */
export function batchesFromWorkers(
  module: URL,
  shared: unknown,
  { count, threads }: { count: number; threads: number },
): BatchSource {
  const pool = new WorkerPool<MemoryTask, PackedBatch>(module, threads, shared)
  const free: SharedArrayBuffer[] = []
  const memories = new WeakMap<TrainBatch, SharedArrayBuffer>()
  return {
    count,
    async batch(epoch, index) {
      const packed = await pool.run({ epoch, index, memory: free.pop() ?? null })
      const batch = unpackBatch(packed)
      memories.set(batch, packed.memory)
      return batch
    },
    release(batch) {
      const memory = memories.get(batch)
      // Released twice, it would be written over while it is read.
      if (memory && memories.delete(batch)) free.push(memory)
    },
    close: () => pool.close(),
  }
}

/**
 * Called once by a module of `batchesFromWorkers`: `open` sees the shared data, the function it returns makes batches. They
 * are copied out before the next one is asked for, so it may give the same arrays each time.
 */
export function serveBatches<Shared>(
  open: (shared: Shared) => (task: BatchTask) => TrainBatch | Promise<TrainBatch>,
): void {
  serveTasks<Shared, MemoryTask, PackedBatch>((shared) => {
    const make = open(shared)
    return async ({ memory, ...task }) => packBatch(await make(task), memory)
  })
}

/** Batches `from` … of an epoch in order, at most `ahead` of them made before they are asked for; each valid until the next. */
export async function* inAdvance(
  source: BatchSource,
  epoch: number,
  from: number,
  ahead: number,
): AsyncGenerator<TrainBatch> {
  const made: Promise<TrainBatch>[] = []
  const release = (batch: TrainBatch) => source.release?.(batch)
  try {
    for (let index = from, next = from; index < source.count; index++) {
      while (next < source.count && next < index + Math.max(1, ahead)) {
        const batch = Promise.resolve(source.batch(epoch, next++))
        // Whoever stops early leaves batches behind whose failure nobody waits for.
        batch.catch(() => undefined)
        made.push(batch)
      }
      const batch = await (made.shift() as Promise<TrainBatch>)
      try {
        yield batch
      } finally {
        release(batch)
      }
    }
  } finally {
    for (const batch of made) await batch.then(release, () => undefined)
  }
}
