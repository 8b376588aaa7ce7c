/** @file A pool of worker threads that run one module's tasks; arrays travel as shared memory, never as copies. */

import { availableParallelism } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { threadEntry } from './thread-modules.ts'

/** Threads to use when nobody says: all that the machine offers. */
export const defaultThreads = () => availableParallelism()

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Runs tasks on a fixed set of threads; task k goes to the first idle thread. Close it when done. */
export class WorkerPool<Task, Result> {
  readonly #workers: Worker[] = []
  readonly #idle: Worker[] = []
  readonly #waiting: { task: Task; pending: Pending }[] = []
  readonly #running = new Map<Worker, Pending>()

  /**
   * @param module URL of a file that calls `serveTasks`
   * @param threads number of workers, ≥ 1
   * @param shared given to every worker once, at start (`workerData`)
   */
  constructor(module: URL, threads: number, shared: unknown) {
    for (let k = 0; k < threads; k++) {
      const worker = new Worker(threadEntry(module), { workerData: shared })
      worker.on('message', (message: { result?: Result; error?: Error }) => this.#finish(worker, message))
      worker.on('error', (error) => this.#finish(worker, { error: error as Error }))
      this.#workers.push(worker)
      this.#idle.push(worker)
    }
  }

  run(task: Task): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ task, pending: { resolve: resolve as Pending['resolve'], reject } })
      this.#next()
    })
  }

  /** Runs all tasks and returns their results in the order of the tasks. */
  runAll(tasks: readonly Task[]): Promise<Result[]> {
    return Promise.all(tasks.map((task) => this.run(task)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const worker = this.#idle.pop()!
      const { task, pending } = this.#waiting.shift()!
      this.#running.set(worker, pending)
      worker.postMessage(task)
    }
  }

  #finish(worker: Worker, message: { result?: Result; error?: Error }): void {
    const pending = this.#running.get(worker)
    this.#running.delete(worker)
    this.#idle.push(worker)
    if (message.error) pending?.reject(message.error)
    else pending?.resolve(message.result)
    this.#next()
  }
}

/** Called once by a worker module: `open` sees the shared data, the function it returns runs each task. */
export function serveTasks<Shared, Task, Result>(
  open: (shared: Shared) => (task: Task) => Result | Promise<Result>,
): void {
  const run = open(workerData as Shared)
  parentPort!.on('message', async (task: Task) => {
    try {
      parentPort!.postMessage({ result: await run(task) })
    } catch (error) {
      parentPort!.postMessage({ error })
    }
  })
}
