/** @file Splits a row of tasks over worker threads: every worker is given the shared data once and then ranges of tasks. */

import { WorkerPool } from '../base/worker-pool.ts'
import { shareArrays } from './share.ts'

/** Tasks `from .. to)`. */
export interface TaskRange {
  from: number
  to: number
}

/** Tasks a worker does at a time. */
const RANGE = 32

/**
 * @param module a worker that calls `serveTasks` for ranges
 * @param shared what every worker is given; its arrays are moved to shared memory
 * @param length number of tasks
 * @param onDone told how many tasks are done
 * @returns the parts in the order of the tasks, whatever the number of threads
 */
export async function runRanges<Part>(
  module: URL,
  shared: unknown,
  length: number,
  threads: number,
  onDone: (tasks: number) => void,
): Promise<Part[]> {
  const pool = new WorkerPool<TaskRange, Part>(module, threads, shareArrays(shared))
  try {
    let done = 0
    return await Promise.all(
      rangesOf(length).map(async (range) => {
        const part = await pool.run(range)
        done += range.to - range.from
        onDone(done)
        return part
      }),
    )
  } finally {
    await pool.close()
  }
}

function rangesOf(length: number): TaskRange[] {
  const ranges: TaskRange[] = []
  for (let from = 0; from < length; from += RANGE) ranges.push({ from, to: Math.min(length, from + RANGE) })
  return ranges
}
