/** @file The thread that writes to the store, so that a disk's slowness never holds the event loop. */

import { workerData } from 'node:worker_threads'
import { openStore } from '../store/sqlite-store.ts'
import type { StoreAnswer, StoreTask } from './messages.ts'
import { answerTasks } from './worker-link.ts'

const store = openStore((workerData as { path: string }).path)

answerTasks((task: StoreTask): StoreAnswer => {
  switch (task.kind) {
    case 'append-events':
      return store.appendEvents(task.events)
    case 'put-items':
      return store.putItems(task.items)
  }
})
