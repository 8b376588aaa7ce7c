/**
 * @file The lesson of the feedback loop (Liu et al. 2017, section 4.2) as an experiment: the same product, the same learner,
 * the same people; only what the ranker is trained on differs.
 */

import type { Progress } from '../../base/progress.ts'
import { runClosedLoop, type SimulatedDay } from './closed-loop.ts'
import type { Learner } from './learners.ts'
import type { SimulationOptions } from './options.ts'
import type { TrainingSet } from './training-sets.ts'

export interface LoopArm {
  name: string
  set: TrainingSet
  /** Whether the share of the options is shown in random order; else nothing is. */
  randomises: boolean
}

export const LOOP_ARMS: readonly LoopArm[] = [
  { name: 'own log', set: 'own-log', randomises: false },
  { name: 'own log, place as a feature', set: 'place-as-feature', randomises: false },
  { name: 'all traffic, all alike', set: 'all-traffic', randomises: true },
  { name: 'all traffic, inverse propensities', set: 'inverse-propensity', randomises: true },
  { name: 'randomised traffic alone', set: 'randomised', randomises: true },
  { name: 'truth', set: 'truth', randomises: false },
]

/** One arm with one seed. */
export interface LoopRun {
  arm: string
  seed: number
  days: SimulatedDay[]
}

/** Every arm with every seed, each in a world of its own that is the same for all arms of a seed. */
export async function runFeedbackLoop(
  options: SimulationOptions,
  seeds: readonly number[],
  learn: Learner,
  progress: Progress,
  arms: readonly LoopArm[] = LOOP_ARMS,
): Promise<LoopRun[]> {
  const runs: LoopRun[] = []
  const task = progress.start('simulate days', seeds.length * arms.length * options.days)
  let done = 0
  for (const seed of seeds) {
    for (const { name, set, randomises } of arms) {
      const days: SimulatedDay[] = []
      const share = randomises ? options.share : 0
      for await (const day of runClosedLoop({ ...options, seed, share }, set, learn)) {
        days.push(day)
        task.update(++done)
      }
      runs.push({ arm: name, seed, days })
    }
  }
  task.end()
  return runs
}

/** Expected clicks over those of the best lists, over the last days together: one figure a run. */
export function lateQuality({ days }: LoopRun, lastDays: number): number {
  const late = days.slice(-lastDays)
  const sum = (field: 'expectedClicks' | 'bestClicks') => late.reduce((total, day) => total + day[field], 0)
  return sum('expectedClicks') / sum('bestClicks')
}
