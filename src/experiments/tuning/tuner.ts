/**
 * @file The tuner: measures configurations, several at a time, and keeps what it measured.
 *
 * Job j is chosen from the results of jobs 0 … j − parallel, whichever of the later ones may have ended already. So a run
 * depends on its seed and on `parallel`, not on how long anything takes, and a run that was killed goes on where it was:
 * what the log holds is not measured again.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { sharesOf } from './halving.ts'
import type { Space, Values } from './parameter.ts'
import { bestOf, type Job, Plan, type PlanOptions } from './plan.ts'
import type { LogEntry, TrialLog } from './trial-log.ts'

export interface TuneOptions extends PlanOptions {
  /** Measurements at a time. */
  parallel: number
  /** Smallest share of the data on which configurations are measured; 1 = all are measured on everything. */
  smallestShare: number
}

/** Measures a configuration on a share of the data; higher is better. */
export type Objective = (values: Values, share: number) => Promise<number>

export interface TuneResult {
  /** All measurements, in the order of their jobs. */
  history: LogEntry[]
  /** The best of those measured on everything. */
  best: LogEntry
  /** The configuration to begin with, measured on everything: `best` is never worse. */
  present: LogEntry
}

export interface TuneContext {
  log: TrialLog
  /** Clock of the caller, s. */
  clock: () => number
  onMeasured?: (entry: LogEntry) => void
}

/**
 * @param present configuration to begin with; its values may lie outside the ranges that are searched
 * @throws InvalidOptionError when there is nothing to tune, or when the log holds other configurations than this run asks for
 */
export async function tune(
  space: Space,
  present: Values,
  objective: Objective,
  options: TuneOptions,
  context: TuneContext,
): Promise<TuneResult> {
  if (space.length === 0) throw new InvalidOptionError('space', [], 'at least one parameter to tune')
  const shares = sharesOf(options.smallestShare)
  const plan = new Plan(space, present, shares, options)
  const known = new Map(context.log.entries.map((entry) => [entry.job, entry]))
  const history: LogEntry[] = []
  const running: Promise<void>[] = []

  async function measure(asked: Job): Promise<void> {
    const entry = formerly(known.get(asked.job), asked) ?? (await measureAnew(asked))
    history[asked.job] = entry
    context.onMeasured?.(entry)
  }

  async function measureAnew(asked: Job): Promise<LogEntry> {
    const start = context.clock()
    const value = await objective(asked.values, shares[asked.rung]!)
    if (!Number.isFinite(value)) throw new RangeError(`the objective gave ${value}`)
    const entry = { ...asked, value, seconds: context.clock() - start }
    await context.log.append(entry)
    return entry
  }

  let settled = 0
  try {
    for (;;) {
      settled = Math.max(settled, running.length - options.parallel + 1)
      await Promise.all(running.slice(0, settled))
      const job = plan.next(history.slice(0, settled))
      if (job) {
        const measuring = measure(job)
        // Awaited in its turn; until then a failure is not one that nobody handles.
        measuring.catch(() => {})
        running.push(measuring)
      } else if (settled < running.length) settled++
      else break
    }
  } finally {
    await Promise.allSettled(running)
  }
  return { history, best: bestOf(history, shares.length - 1)!, present: history[0]! }
}

/** What a former run measured for this job. */
function formerly(entry: LogEntry | undefined, asked: Job): LogEntry | undefined {
  if (!entry) return undefined
  const same =
    entry.trial === asked.trial &&
    entry.rung === asked.rung &&
    JSON.stringify(entry.values) === JSON.stringify(asked.values)
  if (same) return entry
  throw new InvalidOptionError(
    'log',
    `job ${asked.job}`,
    'what this run asks for',
    'remove the log to begin anew',
  )
}
