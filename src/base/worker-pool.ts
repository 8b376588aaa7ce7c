/** @file A pool of worker threads that run one module's tasks; arrays travel as shared memory, never as copies. */

import { availableParallelism } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { UnavailableError } from './errors.ts'
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
  /** Why nothing can be run any more: a thread has ended, out of memory for example, for whose part others may wait. */
  #broken: Error | null = null

  /**
   * @param module URL of a file that calls `serveTasks`
   * @param threads number of workers, ≥ 1
   * @param shared given to every worker once, at start (`workerData`)
   */
  constructor(module: URL, threads: number, shared: unknown) {
    for (let k = 0; k < threads; k++) {
      const worker = new Worker(threadEntry(module), { workerData: shared })
      worker.on('message', (message: { result?: Result; error?: Error }) => this.#finish(worker, message))
      worker.on('error', (error) => this.#break(error as Error))
      worker.on('exit', (code) => this.#break(new Error(`exit code ${code}`)))
      this.#workers.push(worker)
      this.#idle.push(worker)
    }
  }

  run(task: Task): Promise<Result> {
    if (this.#broken) return Promise.reject(this.#broken)
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
    this.#broken ??= new UnavailableError('these threads have been closed')
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

  #break(cause: Error): void {
    if (this.#broken) return
    this.#broken = new UnavailableError(`a thread has ended: ${cause.message}`, 'open it again', cause)
    for (const { reject } of this.#running.values()) reject(this.#broken)
    for (const { pending } of this.#waiting) pending.reject(this.#broken)
    this.#running.clear()
    this.#waiting.length = 0
    this.#idle.length = 0
  }

  #finish(worker: Worker, message: { result?: Result; error?: Error }): void {
    const pending = this.#running.get(worker)
    if (!pending) return
    this.#running.delete(worker)
    this.#idle.push(worker)
    if (message.error) pending.reject(message.error)
    else pending.resolve(message.result)
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
