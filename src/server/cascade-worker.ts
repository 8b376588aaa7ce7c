/** @file A worker of the serving pool: opens the shared snapshot once and answers cascade tasks. */

import { workerData } from 'node:worker_threads'
import { type AnsweringOptions, LocalCascade } from '../cascade/local-executor.ts'
import type { Snapshot } from '../cascade/snapshot.ts'
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

const { snapshot, options, pages, place, workers } = workerData as CascadeWorkerData
const clock = () => performance.now()
const cascade = new LocalCascade(snapshot, clock, options, pages)
warmUp(cascade, snapshot, { place, workers, clock })

type Answered = CascadeAnswers[CascadeTask['kind']]

answerTasks((task: Informed<CascadeTask>): Answered | Promise<Answered> => {
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
