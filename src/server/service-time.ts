/** @file How long a worker takes for a task of late, so that a request that would wait past its budget is refused at once. */

/** Weight of the newest measurement. */
const GAIN = 0.05

/** By Little's law, a task that finds n others waiting is answered after n + 1 service times. */
export class ServiceTime {
  #ms = 0

  /** @param queued tasks that the worker held when this one came */
  observe(latencyMs: number, queued: number): void {
    this.#ms += GAIN * (latencyMs / (queued + 1) - this.#ms)
  }

  /** Milliseconds until a worker that holds so many tasks comes to the next one. */
  waitBehind(queued: number): number {
    return queued * this.#ms
  }
}
