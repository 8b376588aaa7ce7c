/**
 * @file Threads that help with a table: they look for work in shared memory, so that to hand it over takes microseconds. What is
 * done does not depend on them: work for a thread that has not started yet is done by the caller.
 */

import { Worker } from 'node:worker_threads'
import { UnavailableError } from '../base/errors.ts'
import type { KernelMemory } from '../base/kernel.ts'
import { sharedFloat64, sharedInt32 } from '../base/shared.ts'
import { threadEntry } from '../base/thread-modules.ts'
import { workerModule } from '../base/worker-module.ts'
import { CONTROL, type HelperShared, MOST_NUMBERS, waitFor } from './table-control.ts'
import { type NumberFunctions, openTableKernel } from './table-kernel.ts'

interface Helper {
  shared: HelperShared
  /** Tasks that it was given. */
  tasks: number
}

/** Whoever leaves a table behind leaves its threads behind. */
const leftBehind = new FinalizationRegistry<Helper[]>(dismiss)

export class TableThreads {
  readonly #functions: NumberFunctions
  readonly #names: string[]
  readonly #helpers: Helper[]
  /** Resolves when all threads have started. */
  readonly areUp: Promise<unknown>

  /** The caller's included. */
  readonly count: number

  constructor(kernel: string, memory: KernelMemory, threads: number) {
    this.count = threads
    this.#functions = openTableKernel(memory, kernel)
    this.#names = Object.keys(this.#functions)
    this.#helpers = Array.from({ length: threads - 1 }, () => {
      const control = sharedInt32(CONTROL.length)
      const shared = { kernel, memory, control, numbers: sharedFloat64(MOST_NUMBERS), names: this.#names }
      return { shared, tasks: 0 }
    })
    this.areUp = Promise.all(this.#helpers.map(({ shared }) => start(shared)))
    leftBehind.register(this, this.#helpers, this)
  }

  /**
   * Runs a function of the kernel once for each list of numbers, at the same time as far as there are threads.
   *
   * @returns what it gave for each
   */
  run(name: string, lists: readonly (readonly number[])[]): number[] {
    const helpers = this.#helpers.slice(0, lists.length - 1)
    const busy = helpers.filter(({ shared }) => Atomics.load(shared.control, CONTROL.isUp) === 1)
    busy.forEach((helper, k) => {
      const { numbers, control } = helper.shared
      const given = lists[lists.length - 1 - k]!
      numbers[0] = this.#names.indexOf(name)
      numbers[1] = given.length
      numbers.set(given, 2)
      Atomics.store(control, CONTROL.asked, ++helper.tasks)
      Atomics.notify(control, CONTROL.asked)
    })
    const own = lists.slice(0, lists.length - busy.length).map((given) => this.#functions[name]!(...given))
    const others = busy.map(({ shared: { control, numbers }, tasks }) => {
      waitFor(control, CONTROL.answered, tasks)
      if (Atomics.load(control, CONTROL.hasFailed) === 1)
        throw new UnavailableError(`a thread of the table failed in ${name}`)
      return numbers[0]!
    })
    return [...own, ...others.reverse()]
  }

  close(): void {
    leftBehind.unregister(this)
    dismiss(this.#helpers)
  }
}

function start(shared: HelperShared): Promise<void> {
  const module = threadEntry(workerModule(import.meta.url, './table-worker'))
  const worker = new Worker(module, { workerData: shared })
  return new Promise((resolve, reject) => {
    worker.once('message', () => {
      worker.unref()
      resolve()
    })
    worker.once('error', reject)
  })
}

function dismiss(helpers: readonly Helper[]): void {
  for (const { shared } of helpers) {
    Atomics.store(shared.control, CONTROL.isDismissed, 1)
    Atomics.add(shared.control, CONTROL.asked, 1)
    Atomics.notify(shared.control, CONTROL.asked)
  }
}
