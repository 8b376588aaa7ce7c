/** @file The durable log of a server: writes go to the store's thread and are acknowledged when they are on disk. */

import { UnavailableError } from '../base/errors.ts'
import { workerModule } from '../base/worker-module.ts'
import type { DurableLog } from '../cascade/recommender.ts'
import type { RequestRecord } from '../store/records.ts'
import type { AnsweredRequest, RequestAges } from '../store/request-log.ts'
import type { WriteCount } from '../store/store.ts'
import type { StoreAnswer, StoreTask } from './messages.ts'
import { within } from './within.ts'
import { WorkerSlot } from './worker-slot.ts'

/** Writes waiting before new ones are turned away: a disk that is slower than the callers must not fill the memory. */
const MAX_WAITING = 512

export interface StoreLog extends DurableLog {
  /** Rejects when the store cannot be opened. */
  readonly ready: Promise<void>
  /** See Store. */
  removeOldRequests(ages: RequestAges, limit: number): Promise<number>
  close(): Promise<void>
}

export function storeLog(path: string, onLost: (error: Error) => void): StoreLog {
  const module = workerModule(import.meta.url, './store-worker')
  const slot = new WorkerSlot<StoreTask>({ module, workerData: { path }, onLost })
  const write = async <Answer extends StoreAnswer>(task: StoreTask): Promise<Answer> => {
    if (slot.load >= MAX_WAITING) {
      throw new UnavailableError('too many writes are waiting', 'try again in a second')
    }
    return slot.ask<Answer>(task)
  }
  const append = inGroups((requests) => write<null>({ kind: 'append-requests', requests }))
  return {
    ready: slot.ready,
    appendEvents: (events) => write<WriteCount>({ kind: 'append-events', events: [...events] }),
    putItems: (items) => write<WriteCount>({ kind: 'put-items', items: [...items] }),
    appendRequests: (requests) => soon(append(requests)),
    findRequest: async (id) =>
      (await slot.ask<AnsweredRequest | null>({ kind: 'find-request', id })) ?? undefined,
    removeOldRequests: (ages, limit) => slot.ask<number>({ kind: 'remove-old-requests', ages, limit }),
    close: () => slot.close(),
  }
}

/** Somebody waits for the list: a store that is held up by another writer does not hold it up longer than this. */
const LOG_WAIT_MS = 1000

/** Rejects when the write takes too long; it may still be done later. */
async function soon(write: Promise<void>): Promise<void> {
  const isWritten = await within(
    write.then(() => true),
    LOG_WAIT_MS,
  )
  if (!isWritten) throw new UnavailableError('the store is busy', 'try again in a second')
}

/** One write at a time: what comes meanwhile goes together in the next one, so that a busy server commits less often. */
function inGroups(write: (requests: RequestRecord[]) => Promise<null>): DurableLog['appendRequests'] {
  let waiting: RequestRecord[] = []
  /** Settles with the write that takes what is waiting. */
  let next: Promise<void> | null = null
  let current: Promise<unknown> = Promise.resolve()
  return (requests) => {
    if (waiting.length + requests.length > MAX_WAITING) {
      return Promise.reject(
        new UnavailableError('too many requests are waiting to be logged', 'try again in a second'),
      )
    }
    waiting.push(...requests)
    next ??= current
      .catch(() => {})
      .then(async () => {
        const group = waiting
        waiting = []
        next = null
        const written = write(group)
        current = written
        await written
      })
    return next
  }
}
