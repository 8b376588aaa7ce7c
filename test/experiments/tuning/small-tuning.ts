/** @file Tunings small enough for tests: options that stay, and users who come once a day. */

import { silentProgress } from '../../../src/base/progress.ts'
import type { Dataset } from '../../../src/data/dataset.ts'
import type { TuneCascadeOptions } from '../../../src/experiments/tuning/tune-cascade.ts'
import { datasetOf } from '../../data/dataset-of.ts'

export const smallTuning = {
  surface: 'home',
  metric: 'ndcg@10',
  parallel: 2,
  threads: 2,
  seed: 1,
  method: 'bayesian',
  smallestShare: 1,
  groupsChanged: 2,
  logFile: null,
  ifOther: 'refuse',
  clock: () => 0,
  progress: silentProgress,
} as const satisfies Partial<TuneCascadeOptions>

/** Every user takes up one item a day. */
export function daily(
  users: number,
  days: number,
  items: number,
  itemOf: (user: number, day: number) => number,
): Dataset {
  const events = Array.from({ length: users * days }, (_, k) => {
    const [day, user] = [Math.floor(k / users), k % users]
    return { user, item: itemOf(user, day), time: 1e12 + day * 86_400_000 + user * 1000 }
  })
  return datasetOf(events, { kind: 'temporal', fraction: 0.8 }, { users, items })
}
