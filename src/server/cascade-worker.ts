/** @file A worker of the serving pool: opens the shared snapshot once and answers cascade tasks. */

import { workerData } from 'node:worker_threads'
import { type AnsweringOptions, LocalCascade } from '../cascade/local-executor.ts'
import type { Snapshot } from '../cascade/snapshot.ts'
import { workWhenIdle } from './idle-work.ts'
import type { CascadeAnswers, CascadeTask, Informed } from './messages.ts'
import { warmUp } from './warm-up.ts'
import { answerTasks } from './worker-link.ts'

/** What every worker of the pool is given once. */
export interface CascadeWorkerData {
  snapshot: Snapshot
  options: AnsweringOptions
  /** What the workers remember together, from `pagesToShare`. */
  pages: Int32Array
  /** Which worker of how many. */
  place: number
  workers: number
}

/** No start is delayed by more for the sake of the first visitors. */
const LONGEST_START_MS = 4000

const { snapshot, options, pages, place, workers } = workerData as CascadeWorkerData
const clock = () => performance.now()
const cascade = new LocalCascade(snapshot, clock, options, pages)
const warmingUp = warmUp(cascade, snapshot, { place, workers })
const open = clock() + LONGEST_START_MS
while (clock() < open && !warmingUp.next().done) {}
const idleWork = workWhenIdle(warmingUp, clock)

type Answered = CascadeAnswers[CascadeTask['kind']]

answerTasks((task: Informed<CascadeTask>): Answered | Promise<Answered> => {
  idleWork.interrupt()
  if (task.happened) cascade.count(task.happened)
  switch (task.kind) {
    case 'propose':
      return cascade.propose(task.cascade, task.sources, () => Date.now() > task.until)
    case 'run': {
      const { proposals, missing } = cascade.propose(
        task.cascade,
        task.sources,
        () => Date.now() > task.until,
      )
      const costs = proposals.map(({ source, ms }) => ({ source, ms }))
      return { result: cascade.finish(task.cascade, proposals), costs, missing }
    }
    case 'finish':
      return cascade.finish(task.cascade, task.proposals)
    case 'search':
      return cascade.search(task.query, task.limit)
    case 'add-items':
      return cascade.addItems(task.items).then(() => null)
    case 'reword-items':
      cascade.rewordItems(task.items)
      return null
    case 'change-items':
      cascade.changeItems(task.changes)
      return null
    case 'count':
      return null
    case 'restore-counters':
      cascade.restoreCounters(task.counters)
      return null
  }
})
