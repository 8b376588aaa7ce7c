/** @file Tables of ranking features: what the cascade's rankers see for the requests of a dataset's validation period. */

import type { Progress } from '../src/base/progress.ts'
import { fitSources, openSources } from '../src/cascade/fit.ts'
import { askedOf, surfaceConstants } from '../src/cascade/surfaces.ts'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { protocolOf, splitDataset } from '../src/data/split.ts'
import { columnNames } from '../src/evaluation/ask.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { collectRankRows } from '../src/evaluation/rank-rows.ts'
import { equalBlend } from '../src/ranking/blend.ts'

const SURFACE = 'home'
/** Users (sessions) asked for at most, and candidates of each. */
const UNITS = 3000
const KEPT = 100
/** Depth of the sources' lists that makes a candidate. */
const POOL = 100

/** @returns requests of users (sessions), each with its candidates; the columns' names have no white space */
export async function rankTable(
  dataset: string,
  { threads, progress }: { threads: number; progress: Progress },
): Promise<LabelledRows> {
  const store = await prepareDataset(dataset, { progress })
  const { train, test } = splitDataset(loadDataset(store))
  store.close()
  const seed = 1
  const surface = SURFACE
  const fitted = await fitSources(train, { surfaces: [surface], threads, seed, progress })
  const split = { train, test, protocol: protocolOf(train.split) }
  const tasks = tasksOf(split, { surface, ...surfaceConstants(surface), maxUnits: UNITS, seed })
  const sources = columnNames(tasks, openSources(fitted, surface))
  const blend = equalBlend(sources, { asked: askedOf(surface, {}, sources), pool: POOL })
  const { names, ...table } = await collectRankRows(
    { fitted, tasks, blend, keep: KEPT, seed },
    threads,
    () => {},
  )
  return { ...table, names: names.map((name) => name.replaceAll(/\s+/g, '-')) }
}
