/** @file A thread that helps with a table: see `table-threads.ts`. */

import { parentPort, workerData } from 'node:worker_threads'
import { openKernel } from '../base/kernel.ts'
import { CONTROL, type HelperShared, type NumberFunctions, waitFor } from './table-control.ts'

const { kernel, memory, control, numbers, names } = workerData as HelperShared
const functions = openKernel<NumberFunctions>(kernel, memory)
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
