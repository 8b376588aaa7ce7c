/** @file A thread that helps with a table: see `table-threads.ts`. */

import { parentPort, workerData } from 'node:worker_threads'
import { CONTROL, type HelperShared, waitFor } from './table-control.ts'
import { openTableKernel } from './table-kernel.ts'

const { kernel, memory, control, numbers, names } = workerData as HelperShared
const functions = openTableKernel(memory, kernel)
Atomics.store(control, CONTROL.isUp, 1)
parentPort!.postMessage(null)
for (let task = 1; ; task++) {
  waitFor(control, CONTROL.asked, task)
  if (Atomics.load(control, CONTROL.isDismissed) === 1) break
  try {
    const run = functions[names[numbers[0]!]!]!
    numbers[0] = run(...numbers.subarray(2, 2 + numbers[1]!))
  } catch {
    Atomics.store(control, CONTROL.hasFailed, 1)
  }
  Atomics.store(control, CONTROL.answered, task)
  Atomics.notify(control, CONTROL.answered)
}
