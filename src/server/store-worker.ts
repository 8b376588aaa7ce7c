/** @file The thread that writes to the store, so that a disk's slowness never holds the event loop. */

import { workerData } from 'node:worker_threads'
import { LabradorError, UnavailableError } from '../base/errors.ts'
import { openStore } from '../store/sqlite-store.ts'
import type { StoreAnswer, StoreTask } from './messages.ts'
import { answerTasks } from './worker-link.ts'

const store = openStore((workerData as { path: string }).path)

answerTasks((task: StoreTask): StoreAnswer => {
  try {
    switch (task.kind) {
      case 'append-events':
        return store.appendEvents(task.events)
      case 'put-items':
        return store.putItems(task.items)
      case 'append-requests':
        store.appendRequests(task.requests)
        return null
      case 'find-request':
        return store.getRequest(task.id) ?? null
      case 'remove-old-requests':
        return store.removeOldRequests(task.ages, task.limit)
    }
  } catch (error) {
    if (error instanceof LabradorError) throw error
    // Locked by an import, disk full: nothing of the batch was kept, and the caller may send it again.
    throw new UnavailableError(
      `the store could not be written (${(error as Error).message})`,
      undefined,
      error,
    )
  }
})
