/** @file Rows for rankers: the pre-ranked candidates of validation tasks with all features, made by workers. */

import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { type Fitted, openSources } from '../cascade/fit.ts'
import type { BlendModel } from '../ranking/blend.ts'
import { openFeatureData } from '../ranking/features/feature-data.ts'
import { type FeatureSet, openFeatureSet } from '../ranking/features/feature-set.ts'
import { preRank } from '../ranking/pre-rank.ts'
import type { RankRows } from '../ranking/rankers/ranker.ts'
import { askSources } from './ask.ts'
import { contains } from './metrics.ts'
import { runRanges, type TaskRange } from './run-ranges.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from './tasks.ts'

/** What every worker is given once. */
export interface RankRowsShared {
  fitted: Omit<Fitted, 'skipped'>
  tasks: EvaluationTasks
  blend: BlendModel
  /** Candidates per request, the blend's best. */
  keep: number
  seed: number
}

/** The rows of a range of tasks. */
export interface RankRowsPart {
  offsets: Uint32Array
  values: Float32Array
  labels: Float32Array
}

/** @returns rows in the order of the tasks, whatever the number of threads; requests without a candidate stay empty */
export async function collectRankRows(
  shared: RankRowsShared,
  threads: number,
  onDone: (tasks: number) => void,
): Promise<RankRows> {
  const { tasks } = shared
  const module = workerModule(import.meta.url, './rank-rows-worker')
  const parts = await runRanges<RankRowsPart>(module, shared, tasks.length, threads, onDone)
  const { names, families } = featureSetOf(shared)
  const joined = joinParts(parts)
  return {
    names,
    families,
    ...joined,
    rows: joined.labels.length,
    units: tasks.user,
    relevant: Uint32Array.from({ length: tasks.length }, (_, task) => listOf(tasks.relevant, task).length),
  }
}

/** Opens everything once and returns the function that makes the rows of a range. */
export function openRankRows(shared: RankRowsShared): (range: TaskRange) => RankRowsPart {
  const { fitted, tasks, blend, keep, seed } = shared
  const sources = openSources(fitted, tasks.surface)
  const features = featureSetOf(shared)
  const width = features.names.length
  const codes = userCodes(fitted.users)
  return ({ from, to }) => {
    const parts: RankRowsPart[] = []
    for (let task = from; task < to; task++) {
      const request = requestOf(tasks, task, codes, seed)
      const merged = askSources(sources, request, tasks, task, blend.asked, fitted.catalog.hidden)
      const input = preRank(blend, merged, request, keep)
      const values = new Float32Array(input.items.length * width)
      features.write(input, values)
      const relevant = listOf(tasks.relevant, task)
      parts.push({
        offsets: Uint32Array.of(0, input.items.length),
        values,
        labels: Float32Array.from(input.items, (item) => (contains(relevant, item) ? 1 : 0)),
      })
    }
    return joinParts(parts)
  }
}

/** The features that can be written with what was fitted. */
export function featureSetOf({ fitted, blend }: Pick<RankRowsShared, 'fitted' | 'blend'>): FeatureSet {
  return openFeatureSet({ ...fitted, data: openFeatureData(fitted.features), sources: blend.sources })
}

function joinParts(parts: readonly RankRowsPart[]): RankRowsPart {
  const total = (size: (part: RankRowsPart) => number) => parts.reduce((sum, part) => sum + size(part), 0)
  const offsets = sharedUint32(total((part) => part.offsets.length - 1) + 1)
  const values = sharedFloat32(total((part) => part.values.length))
  const labels = sharedFloat32(total((part) => part.labels.length))
  let request = 0
  let row = 0
  let value = 0
  for (const part of parts) {
    values.set(part.values, value)
    labels.set(part.labels, row)
    for (let r = 1; r < part.offsets.length; r++) offsets[++request] = row + part.offsets[r]
    row += part.labels.length
    value += part.values.length
  }
  return { offsets, values, labels }
}

/** The rows of several periods, the latest first, one after the other; their columns are the same. */
export function joinRankRows(parts: readonly RankRows[]): RankRows {
  const [first] = parts
  const { offsets, values, labels } = joinParts(parts)
  const concatenated = (column: (part: RankRows) => Uint32Array) =>
    Uint32Array.from(parts.flatMap((part) => Array.from(column(part))))
  return {
    names: first.names,
    families: first.families,
    offsets,
    values,
    labels,
    rows: labels.length,
    units: concatenated(({ units }) => units),
    periods: Uint8Array.from(parts.flatMap(({ units }, period) => Array.from(units, () => period))),
    relevant: concatenated(({ relevant }) => relevant),
  }
}
