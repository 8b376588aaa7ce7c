/** @file A place for a worker thread that is filled again when the thread dies. */

import { UnavailableError } from '../base/errors.ts'
import { WorkerLink } from './worker-link.ts'

/** Wait before a thread that died while it opened is started again; doubles each time, so that nothing spins. */
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 30_000

export interface SlotOptions<Task> {
  module: URL
  workerData: unknown
  onLost(error: Error): void
  /** Tells a new thread what the one before it knew; runs before any other task. */
  onStart?(link: WorkerLink<Task>): void
}

export class WorkerSlot<Task> {
  /** Resolves when the first thread is open for tasks, rejects when it cannot open. */
  readonly ready: Promise<void>
  readonly #options: SlotOptions<Task>
  #link: WorkerLink<Task>
  #wasReady = false
  #waitMs = FIRST_WAIT_MS
  #again: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: SlotOptions<Task>) {
    this.#options = options
    this.#link = this.#start()
    this.ready = this.#link.ready
  }

  get load(): number {
    return this.#link.load
  }

  get isUp(): boolean {
    return this.#link.isUp
  }

  ask<Body>(task: Task): Promise<Body> {
    return this.#link.ask<Body>(task)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#again)
    await this.#link.close()
  }

  #start(): WorkerLink<Task> {
    const { module, workerData, onStart } = this.#options
    const link = new WorkerLink<Task>(module, workerData, (error, wasReady) => this.#lost(error, wasReady))
    onStart?.(link)
    return link
  }

  #lost(error: Error, wasReady: boolean): void {
    this.#wasReady ||= wasReady
    // A thread that never could open says so through `ready`; trying again would change nothing.
    if (this.#closed || !this.#wasReady) return
    this.#options.onLost(error)
    if (wasReady) {
      this.#waitMs = FIRST_WAIT_MS
      this.#link = this.#start()
      return
    }
    this.#again = setTimeout(() => {
      this.#link = this.#start()
    }, this.#waitMs)
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS)
  }
}

/**
 * The slot with the least work; throws UnavailableError while no thread is up.
 *
 * @param choice decides between slots with equally little work
 */
export function leastLoaded<Task>(slots: readonly WorkerSlot<Task>[], choice = 0): WorkerSlot<Task> {
  const up = byLoad(slots)
  if (up.length === 0)
    throw new UnavailableError('all workers are being started again', 'try again in a second')
  const equal = up.filter((slot) => slot.load === up[0].load)
  return equal[choice % equal.length]
}

/** Slots whose thread is up, the least loaded first. */
export function byLoad<Task>(slots: readonly WorkerSlot<Task>[]): WorkerSlot<Task>[] {
  return slots.filter((slot) => slot.isUp).sort((a, b) => a.load - b.load)
}
