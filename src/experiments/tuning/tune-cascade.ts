/** @file Tunes the constants of a cascade: what `labrador tune` and `labrador fit --retune` do. */

import type { Progress } from '../../base/progress.ts'
import type { Tuned } from '../../cascade/tuned.ts'
import type { Dataset } from '../../data/dataset.ts'
import { splitDataset } from '../../data/split.ts'
import type { Interval } from '../../evaluation/bootstrap.ts'
import { CascadeObjective, type CascadeObjectiveOptions } from './cascade-objective.ts'
import type { ConstantsObjective } from './constants-objective.ts'
import { sharesOf } from './halving.ts'
import { pairedGain } from './paired-gain.ts'
import { RankerObjective } from './ranker-objective.ts'
import { forgetfulLog, type LogEntry, openTrialLog, type TrialLog } from './trial-log.ts'
import { type Objective, type TuneOptions, tune } from './tuner.ts'

export interface TuneCascadeOptions extends CascadeObjectiveOptions, TuneOptions {
  /** Tunes this ranker's options instead of those of sources and blend, which stay as they are. */
  ranker?: string
  /** From which a killed run goes on; null for a run that need not survive. */
  logFile: string | null
  /** Whether a log of another run there is refused or replaced. */
  ifOther: 'refuse' | 'replace'
  /** Clock of the caller, s. */
  clock: () => number
  progress: Progress
}

export interface CascadeTuning {
  tuned: Tuned
  /** The metric at the constants found less that at the former ones, paired over users, in the validation periods. */
  gain: Interval
}

/**
 * Searches in the training half of the data alone: the test half is never looked at.
 *
 * @throws InvalidFileError when nobody comes back within the training half
 */
export async function tuneCascade(dataset: Dataset, options: TuneCascadeOptions): Promise<CascadeTuning> {
  const { surface, metric, seed, trials, progress, clock } = options
  const { train } = splitDataset(dataset)
  const { ranker } = options
  const objective: ConstantsObjective =
    ranker === undefined
      ? new CascadeObjective(train, options)
      : await RankerObjective.open(train, { ...options, ranker })
  const { space, present } = objective
  const log = await openLog(options, runOf(train, objective, options)).catch(async (error: unknown) => {
    // Its threads would keep the process from ending.
    await objective.close()
    throw error
  })
  const watching = progress.start(`Tuning ${metric} of ${surface}`, trials)
  const tried = new Set<number>()
  const onMeasured = ({ trial }: LogEntry) => watching.update(tried.add(trial).size)
  try {
    const measure: Objective = async (values, share) => mean(await objective.judge(values, share))
    const result = await tune(space, present, measure, options, { log, clock, onMeasured })
    const { best, history } = result
    const before = await objective.judge(result.present.values, 1)
    const after = await objective.judge(best.values, 1)
    const { difference: gain } = pairedGain(before, after, objective.units)
    const shares = sharesOf(options.smallestShare)
    const run = {
      surface,
      metric,
      requests: objective.requests,
      seed,
      before: result.present.value,
      after: best.value,
      history: history.map(({ trial, rung, value, seconds, values }) => {
        const changed = Object.entries(values).filter(([name, chosen]) => chosen !== present[name])
        return { trial, share: shares[rung]!, value, seconds, changed: Object.fromEntries(changed) }
      }),
    }
    return { tuned: { format: 1, constants: objective.constantsOf(best.values), run }, gain }
  } finally {
    watching.end()
    await log.close()
    await objective.close()
  }
}

async function openLog({ logFile, ifOther }: TuneCascadeOptions, run: object): Promise<TrialLog> {
  return logFile === null ? forgetfulLog() : openTrialLog(logFile, run, ifOther)
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** What a log must agree on to be gone on with. */
function runOf(train: Dataset, objective: ConstantsObjective, options: TuneCascadeOptions): object {
  const { surface, metric, trials, parallel, seed, method, smallestShare, groupsChanged, units } = options
  return {
    data: { name: train.name, interactions: train.interactions.length, requests: objective.requests },
    options: { surface, metric, trials, parallel, seed, method, smallestShare, groupsChanged, units },
    sources: objective.sources,
    constants: options.constants,
    space: objective.space,
  }
}
