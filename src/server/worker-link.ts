/** @file A worker thread as a function that returns promises; several requests may be under way. */

import { parentPort, Worker } from 'node:worker_threads'
import { UnavailableError } from '../base/errors.ts'
import type { Answer, Numbered } from './messages.ts'

interface Waiting {
  resolve(body: unknown): void
  reject(error: Error): void
}

/** Restarts nothing by itself: `onExit` says that the thread is gone. */
export class WorkerLink<Task> {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #number = 0
  #closed = false

  constructor(module: URL, workerData: unknown, onExit: (error: Error) => void) {
    this.#worker = new Worker(module, { workerData })
    this.#worker.on('message', (answer: Answer<unknown>) => this.#settle(answer))
    let failure = new UnavailableError('a worker stopped')
    this.#worker.on('error', (error) => {
      failure = new UnavailableError('a worker failed', undefined, error)
    })
    this.#worker.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(failure)
      this.#waiting.clear()
      if (!this.#closed) onExit(failure)
    })
  }

  /** Requests under way. */
  get load(): number {
    return this.#waiting.size
  }

  ask<Body>(task: Task): Promise<Body> {
    const number = this.#number++
    return new Promise<Body>((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as Waiting['resolve'], reject })
      this.#worker.postMessage({ number, body: task } satisfies Numbered<Task>)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker.terminate()
  }

  #settle(answer: Answer<unknown>): void {
    const waiting = this.#waiting.get(answer.number)
    this.#waiting.delete(answer.number)
    if ('error' in answer) waiting?.reject(answer.error)
    else waiting?.resolve(answer.body)
  }
}

/** The worker's side: answers each task, errors included. */
export function answerTasks<Task, Body>(answer: (task: Task) => Body): void {
  parentPort!.on('message', ({ number, body }: Numbered<Task>) => {
    try {
      parentPort!.postMessage({ number, body: answer(body) })
    } catch (error) {
      parentPort!.postMessage({ number, error })
    }
  })
}
