/** @file The durable log of a server: writes go to the store's thread and are acknowledged when they are on disk. */

import { UnavailableError } from '../base/errors.ts'
import { workerModule } from '../base/worker-module.ts'
import type { DurableLog } from '../cascade/recommender.ts'
import type { StoreAnswer, StoreTask } from './messages.ts'
import { WorkerSlot } from './worker-slot.ts'

/** Writes waiting before new ones are turned away: a disk that is slower than the callers must not fill the memory. */
const MAX_WAITING = 512

export interface StoreLog extends DurableLog {
  /** Rejects when the store cannot be opened. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

export function storeLog(path: string, onLost: (error: Error) => void): StoreLog {
  const module = workerModule(import.meta.url, './store-worker')
  const slot = new WorkerSlot<StoreTask>({ module, workerData: { path }, onLost })
  const write = async (task: StoreTask): Promise<StoreAnswer> => {
    if (slot.load >= MAX_WAITING) {
      throw new UnavailableError('too many writes are waiting', 'try again in a second')
    }
    return slot.ask<StoreAnswer>(task)
  }
  return {
    ready: slot.ready,
    appendEvents: (events) => write({ kind: 'append-events', events: [...events] }),
    putItems: (items) => write({ kind: 'put-items', items: [...items] }),
    close: () => slot.close(),
  }
}
