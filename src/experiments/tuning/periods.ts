/** @file The validation periods that configurations are measured on: requests in a random order, halved by users. */

import { InvalidFileError } from '../../base/errors.ts'
import { createRandom, shuffle } from '../../base/random.ts'
import { sharedUint8 } from '../../base/shared.ts'
import type { QueryConstants } from '../../cascade/surfaces.ts'
import type { Dataset } from '../../data/dataset.ts'
import { itemGraphOf } from '../../data/item-graph-of.ts'
import { protocolOf } from '../../data/split.ts'
import { tasksOf } from '../../evaluation/protocol.ts'
import type { EvaluationTasks } from '../../evaluation/tasks.ts'
import { validationPeriods } from '../../evaluation/validation-periods.ts'
import type { ItemGraph } from '../../graph/item-graph.ts'
import type { Surface } from '../../sources/request.ts'
import type { PeriodTasks } from './cascade-tasks.ts'
import { halfOf } from './halves.ts'

/** A validation period with what sources are fitted on. */
export interface Period extends PeriodTasks {
  /** Training interactions before the period. */
  dataset: Dataset
  graph: ItemGraph
}

export interface PeriodOptions {
  surface: Surface
  /** Users (sessions) at most in each period, a seeded sample. */
  units: number
  seed: number
}

/** Tasks keep whole queries: how much of them is asked with is each configuration's to say. */
export const WHOLE_QUERIES: QueryConstants = { queryItems: Number.POSITIVE_INFINITY, fading: 1 }

/** Earlier periods are added until there are so many requests: fewer tell configurations apart by chance. */
const ENOUGH_REQUESTS = 1000

/**
 * @param train training interactions only; nothing else is looked at
 * @throws InvalidFileError when nobody comes back within the training data
 */
export function periodsOf(train: Dataset, { surface, units, seed }: PeriodOptions): Period[] {
  const periods: Period[] = []
  let requests = 0
  for (const { train: before, validation } of validationPeriods(train)) {
    const tasks = tasksOf(
      { train: before, test: validation, protocol: protocolOf(before.split) },
      { surface, ...WHOLE_QUERIES, maxUnits: units, seed },
    )
    if (tasks.length > 0) {
      const graph = itemGraphOf(before)
      const { catalog, users, imageFolder } = before
      periods.push({
        dataset: before,
        graph,
        opened: { catalog, users, graph, imageFolder },
        tasks,
        order: shuffledByUnit(tasks, seed),
        fold: foldsOf(tasks),
      })
    }
    requests += tasks.length
    if (requests >= ENOUGH_REQUESTS) break
  }
  if (requests > 0) return periods
  throw new InvalidFileError(train.name, 'has nobody who comes back within the training data', {
    hint: 'tuning needs a validation period with requests in it',
  })
}

function shuffledByUnit({ unit, units, length }: EvaluationTasks, seed: number): Uint32Array {
  const place = new Uint32Array(units)
  const shuffled = shuffle(
    Uint32Array.from({ length: units }, (_, u) => u),
    createRandom(seed, 3),
  )
  shuffled.forEach((u, at) => {
    place[u] = at
  })
  return Uint32Array.from({ length }, (_, task) => task).sort(
    (a, b) => place[unit[a]!]! - place[unit[b]!]! || a - b,
  )
}

/** By user, so that the same user is in the same half of every period; by session where sessions are the units. */
function foldsOf(tasks: EvaluationTasks): Uint8Array {
  const keys = tasks.protocol === 'sessions, temporal' ? tasks.unit : tasks.user
  const folds = sharedUint8(tasks.length)
  for (let task = 0; task < tasks.length; task++) folds[task] = halfOf(keys[task]!)
  return folds
}
