/** @file Recall of what sources propose to test users, and paired differences of it. */

import type { UserTable } from '../src/data/dataset.ts'
import { bootstrap, bootstrapDefaults, differenceOf, type Interval } from '../src/evaluation/bootstrap.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from '../src/evaluation/tasks.ts'
import type { Source } from '../src/sources/source.ts'

export interface Asked {
  /** One list a case, best first. */
  lists: Uint32Array[]
}

export const DEPTH = 100
/** Enough that the first hundred remain without what the user has. */
const ASKED = 4000

/** The first hundred of each case without what the user has. */
export function listsOf(source: Source, tasks: EvaluationTasks, users: UserTable): Uint32Array[] {
  const codes = userCodes(users)
  return Array.from({ length: tasks.length }, (_, task) => {
    const { items } = source.propose(requestOf(tasks, task, codes, 1), ASKED)
    const seen = new Set(listOf(tasks.seen, task))
    return items.filter((item) => tasks.eligible[item] === 1 && !seen.has(item)).subarray(0, DEPTH)
  })
}

/** Recall of one system per case, over those of the relevant items that `counts`. */
export function recallOf(
  { lists }: Asked,
  tasks: EvaluationTasks,
  counts: (item: number) => boolean = () => true,
) {
  return Float64Array.from(lists, (list, task) => {
    const relevant = new Set(listOf(tasks.relevant, task).filter(counts))
    return relevant.size === 0 ? Number.NaN : list.filter((item) => relevant.has(item)).length / relevant.size
  })
}

export const meanOf = (values: Float64Array) => {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((a, b) => a + b, 0) / Math.max(1, known.length)
}

export const signedInterval = ({ value, low, high }: Interval) =>
  `${signed(value)} [${signed(low)}, ${signed(high)}]`

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`

/** Of the first less the second, over users. */
export function paired(own: Float64Array, other: Float64Array, tasks: EvaluationTasks): Interval {
  const values = new Float64Array(own.length * 2)
  own.forEach((value, k) => {
    values[2 * k] = value
    values[2 * k + 1] = other[k]!
  })
  return differenceOf(bootstrap(values, 2, tasks.unit, tasks.units), 0, 1, bootstrapDefaults.confidence)
}
