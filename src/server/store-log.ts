/** @file The durable log of a server: writes go to the store's thread and are acknowledged when they are on disk. */

import { workerModule } from '../base/worker-module.ts'
import type { DurableLog } from '../cascade/recommender.ts'
import type { StoreAnswer, StoreTask } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

export function storeLog(
  path: string,
  onLost: (error: Error) => void,
): DurableLog & { close(): Promise<void> } {
  const module = workerModule(import.meta.url, './store-worker')
  const start = (): WorkerLink<StoreTask> =>
    new WorkerLink(module, { path }, (error) => {
      onLost(error)
      link = start()
    })
  let link = start()
  return {
    appendEvents: (events) => link.ask<StoreAnswer>({ kind: 'append-events', events: [...events] }),
    putItems: (items) => link.ask<StoreAnswer>({ kind: 'put-items', items: [...items] }),
    close: () => link.close(),
  }
}
