/** @file What the protocols of users share: who took up what before and after the cut, and whom to ask for. */

import { createRandom, shuffle } from '../base/random.ts'
import { sharedUint8 } from '../base/shared.ts'
import type { QueryConstants } from '../cascade/surfaces.ts'
import { type Histories, historiesOf } from '../data/histories.ts'
import type { Split } from '../data/split.ts'
import type { Surface } from '../sources/request.ts'

export interface TaskOptions extends QueryConstants {
  surface: Surface
  /** Users (or sessions) at most; a seeded sample of them when there are more. */
  maxUnits: number
  seed: number
}

/** What users took up before and after the cut, and the catalogue that is ranked. */
export function userRows({ train: { interactions: train, catalog, users: people }, test }: Split) {
  const items = catalog.title.length
  const users = people.users.ids.length
  const eligible = sharedUint8(items)
  for (let k = 0; k < train.length; k++) eligible[train.item[k]!] = 1
  for (let k = 0; k < test.length; k++) eligible[test.item[k]!] = 1
  return { histories: historiesOf(train, users, items), futures: historiesOf(test, users, items), eligible }
}

/** At most `maxUnits`, in their order. */
export function sampled<T>(all: T[], { maxUnits, seed }: TaskOptions): T[] {
  if (all.length <= maxUnits) return all
  const order = shuffle(
    Uint32Array.from(all, (_, k) => k),
    createRandom(seed, 1),
  )
  return Array.from(order.subarray(0, maxUnits).sort(), (k) => all[k]!)
}

/** When the user is back: the earliest of the held-out items, NaN without times. */
export function firstTime({ offsets, times }: Histories, user: number): number {
  return times ? times[offsets[user]!]! : Number.NaN
}

export const ascending = (values: number[]) => values.sort((a, b) => a - b)
