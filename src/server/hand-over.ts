/**
 * @file The durable log as recommenders of changing snapshots share it: while one takes another's place writes wait for a
 * moment, so that every write is either among what the successor reads from the store, or told to it afterwards.
 */

import type { DurableLog, Recommender } from '../cascade/recommender.ts'
import type { Item } from '../store/records.ts'

export class HandOver {
  readonly #log: DurableLog
  readonly #underWay = new Set<Promise<unknown>>()
  /** Settles when writes may go on. */
  #gate: Promise<void> | null = null
  /** Items that were put while a successor is being opened, which may have read the catalog before. */
  #noted: Item[] | null = null

  constructor(log: DurableLog) {
    this.#log = log
  }

  /**
   * The log for one recommender.
   *
   * @param successor who has taken its place, if anybody has: what is written through this log is told there too
   */
  logFor(successor: () => Recommender | null): DurableLog {
    const log = this.#log
    return {
      findRequest: (id) => log.findRequest(id),
      putItems: async (items) => {
        const { answer, next } = await this.#write(async () => {
          const written = await log.putItems(items)
          this.#noted?.push(...items)
          return written
        }, successor)
        await next?.replayItems(items)
        return answer
      },
      appendEvents: async (events) => {
        const { answer, next } = await this.#write(() => log.appendEvents(events), successor)
        await next?.followEvents(events, answer)
        return answer
      },
      appendRequests: async (requests) => {
        const { next } = await this.#write(() => log.appendRequests(requests), successor)
        next?.replayRequests(requests)
      },
    }
  }

  /** Whether items that are put are noted from here on. */
  noteItems(wanted: boolean): void {
    this.#noted = wanted ? [] : null
  }

  /** Does something while nothing is being written: what is under way comes first, what comes now waits. */
  async whileStill<T>(work: (itemsNoted: readonly Item[]) => Promise<T>): Promise<T> {
    let open = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    try {
      await Promise.allSettled(this.#underWay)
      return await work(this.#noted ?? [])
    } finally {
      this.#gate = null
      open()
    }
  }

  /** @returns `next`: who has to be told, since the write began after the change of places */
  async #write<T>(
    write: () => Promise<T>,
    successor: () => Recommender | null,
  ): Promise<{ answer: T; next: Recommender | null }> {
    while (this.#gate) await this.#gate
    const next = successor()
    const written = write()
    this.#underWay.add(written)
    try {
      return { answer: await written, next }
    } finally {
      this.#underWay.delete(written)
    }
  }
}
