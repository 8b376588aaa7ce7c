/** @file A worker thread as a function that returns promises; several requests may be under way. */

import { parentPort, Worker } from 'node:worker_threads'
import { LabradorError, UnavailableError } from '../base/errors.ts'
import { threadEntry } from '../base/thread-modules.ts'
import type { Answer, Numbered, Trouble } from './messages.ts'

interface Waiting {
  resolve(body: unknown): void
  reject(error: Error): void
}

/** An error that a worker's task threw, with the code and status that it had there. */
class WorkerError extends LabradorError {
  readonly code: string
  override readonly status: number

  constructor({ code, status, message, field }: Trouble) {
    super(message, { field })
    this.code = code
    this.status = status
  }
}

/** What a request allocates should be gone before anybody looks at it: room for some requests, not for half a one. */
const YOUNG_MIB = 64

/** Restarts nothing by itself: `onExit` says that the thread is gone, and whether it ever was ready. */
export class WorkerLink<Task> {
  /** Rejects when the thread ends before it is open for tasks. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #number = 0
  #isReady = false
  #gone: Error | null = null

  constructor(module: URL, workerData: unknown, onExit: (error: Error, wasReady: boolean) => void) {
    this.#worker = new Worker(threadEntry(module), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    })
    let failure: Error = new UnavailableError('a worker stopped')
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (answer: Answer<unknown>) => {
        if (answer === 'ready') {
          this.#isReady = true
          resolve()
        } else this.#settle(answer)
      })
      this.#worker.on('error', (error: Error) => {
        failure = new UnavailableError(`a worker failed: ${error.message}`, undefined, error)
      })
      this.#worker.on('exit', () => {
        const closed = this.#gone !== null
        this.#gone ??= failure
        reject(failure)
        for (const waiting of this.#waiting.values()) waiting.reject(failure)
        this.#waiting.clear()
        if (!closed) onExit(failure, this.#isReady)
      })
    })
    // Whoever starts the first one waits for it; for later ones `onExit` is enough.
    this.ready.catch(() => {})
  }

  /** Requests under way. */
  get load(): number {
    return this.#waiting.size
  }

  get isUp(): boolean {
    return this.#gone === null
  }

  ask<Body>(task: Task): Promise<Body> {
    if (this.#gone) return Promise.reject(this.#gone)
    const number = this.#number++
    return new Promise<Body>((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as Waiting['resolve'], reject })
      this.#worker.postMessage({ number, body: task } satisfies Numbered<Task>)
    })
  }

  async close(): Promise<void> {
    this.#gone ??= new UnavailableError('the server is closing')
    await this.#worker.terminate()
  }

  #settle(answer: Exclude<Answer<unknown>, 'ready'>): void {
    const waiting = this.#waiting.get(answer.number)
    this.#waiting.delete(answer.number)
    if ('trouble' in answer) waiting?.reject(new WorkerError(answer.trouble))
    else waiting?.resolve(answer.body)
  }
}

/**
 * The worker's side: says that it is open, then answers each task, errors included. While it waits for what a task has
 * promised, it answers others.
 */
export function answerTasks<Task, Body>(answer: (task: Task) => Body | Promise<Body>): void {
  parentPort!.on('message', async ({ number, body }: Numbered<Task>) => {
    try {
      const given = answer(body)
      parentPort!.postMessage({ number, body: given instanceof Promise ? await given : given })
    } catch (error) {
      parentPort!.postMessage({ number, trouble: troubleOf(error as Error) })
    }
  })
  parentPort!.postMessage('ready')
}

function troubleOf(error: Error): Trouble {
  if (error instanceof LabradorError) {
    const { code, status, message, field } = error
    return { code, status, message, field }
  }
  // The stack stays here: what crosses may be shown to a caller.
  console.error('labrador: a task failed in a worker:', error)
  return { code: 'internal', status: 500, message: error.message }
}
