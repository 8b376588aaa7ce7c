/** @file A cascade worker for tests: one source waits at a gate, or fails, or ends the thread, as shared memory says. */

import { workerData } from 'node:worker_threads'
import { LocalCascade } from '../../src/cascade/local-executor.ts'
import type { Snapshot } from '../../src/cascade/snapshot.ts'
import type { CascadeTask, Informed } from '../../src/server/messages.ts'
import { answerTasks } from '../../src/server/worker-link.ts'
import { GATE, GATED_SOURCE } from './gate.ts'

const { snapshot } = workerData as { snapshot: Snapshot & { gate: Int32Array } }
const { gate } = snapshot
const cascade = new LocalCascade(snapshot, () => performance.now())

answerTasks((task: Informed<CascadeTask>) => {
  if (task.happened) cascade.count(task.happened)
  switch (task.kind) {
    case 'propose':
      return proposeThroughGate(task)
    case 'run': {
      const { proposals, missing } = proposeThroughGate(task)
      const costs = proposals.map(({ source, ms }) => ({ source, ms }))
      return { result: cascade.finish(task.cascade, proposals), costs, missing }
    }
    case 'finish':
      return cascade.finish(task.cascade, task.proposals)
    case 'search':
      return cascade.search(task.query, task.limit)
    case 'add-items':
      return cascade.addItems(task.items)
    case 'change-items':
      return cascade.changeItems(task.changes)
    case 'count':
      return null
    case 'restore-counters':
      return cascade.restoreCounters(task.counters)
  }
})

function proposeThroughGate(task: Extract<CascadeTask, { kind: 'propose' | 'run' }>) {
  if (gate[0] === GATE.exit) process.exit(1)
  const isLate = () => Date.now() > task.until
  if (!task.sources.includes(GATED_SOURCE)) return cascade.propose(task.cascade, task.sources, isLate)
  const started = performance.now()
  if (gate[0] === GATE.closed) {
    Atomics.add(gate, 1, 1)
    Atomics.notify(gate, 1)
    Atomics.wait(gate, 0, GATE.closed)
  }
  const { proposals, missing } = cascade.propose(task.cascade, task.sources)
  const waited = performance.now() - started
  for (const proposal of proposals) if (proposal.source === GATED_SOURCE) proposal.ms += waited
  return { proposals, missing }
}
