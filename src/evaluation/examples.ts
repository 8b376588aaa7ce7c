/** @file Examples for the blend: the candidates of validation tasks with their features and outcomes, made by workers. */

import { sharedFloat32, sharedUint8, sharedUint32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { type Fitted, openSources } from '../cascade/fit.ts'
import { isInPool, type ListLengths, writeBlendFeatures } from '../ranking/blend.ts'
import type { BlendExamples } from '../ranking/fit-blend.ts'
import type { MergedCandidates } from '../sources/candidates.ts'
import { askSources, columnNames } from './ask.ts'
import { contains } from './metrics.ts'
import { runRanges, type TaskRange } from './run-ranges.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from './tasks.ts'

/** What every worker is given once. */
export interface ExamplesShared {
  fitted: Omit<Fitted, 'skipped'>
  tasks: EvaluationTasks
  lists: ListLengths
  seed: number
}

/** @returns examples in the order of the tasks, whatever the number of threads */
export async function collectExamples(
  shared: ExamplesShared,
  threads: number,
  onDone: (tasks: number) => void,
): Promise<BlendExamples> {
  const module = workerModule(import.meta.url, './examples-worker')
  return joinExamples(await runRanges<BlendExamples>(module, shared, shared.tasks.length, threads, onDone))
}

/** Opens the sources once and returns the function that makes the examples of a range. */
export function openExamples(shared: ExamplesShared): (range: TaskRange) => BlendExamples {
  const { fitted, tasks, lists, seed } = shared
  const sources = openSources(fitted, tasks.surface)
  const width = columnNames(tasks, sources).length
  const codes = userCodes(fitted.users)
  return ({ from, to }) => {
    const parts: BlendExamples[] = []
    for (let task = from; task < to; task++) {
      const request = requestOf(tasks, task, codes, seed)
      const merged = askSources(sources, request, tasks, task, lists.asked, fitted.catalog.hidden)
      parts.push(exampleOf(merged, width, lists, listOf(tasks.relevant, task)))
    }
    return joinExamples(parts)
  }
}

/**
 * The candidates in the pool of one request, as one example.
 *
 * @param width columns of the merged candidates
 * @param relevant item indices, ascending
 */
export function exampleOf(
  merged: MergedCandidates,
  width: number,
  lists: ListLengths,
  relevant: Uint32Array,
): BlendExamples {
  const features = new Float32Array(merged.items.length * width)
  writeBlendFeatures(merged, width, lists.asked, features)
  const rows = poolRows(merged, width, lists.pool)
  const kept = new Float32Array(rows.length * width)
  rows.forEach((row, k) => {
    kept.set(features.subarray(row * width, (row + 1) * width), k * width)
  })
  return {
    offsets: Uint32Array.of(0, rows.length),
    features: kept,
    relevant: Uint8Array.from(rows, (row) => (contains(relevant, merged.items[row]!) ? 1 : 0)),
  }
}

function poolRows(merged: MergedCandidates, columns: number, pool: number): number[] {
  const rows: number[] = []
  for (let row = 0; row < merged.items.length; row++) if (isInPool(merged, columns, row, pool)) rows.push(row)
  return rows
}

/** One after the other. */
export function joinExamples(parts: readonly BlendExamples[]): BlendExamples {
  const total = (size: (part: BlendExamples) => number) => parts.reduce((sum, part) => sum + size(part), 0)
  const offsets = sharedUint32(total((part) => part.offsets.length - 1) + 1)
  const features = sharedFloat32(total((part) => part.features.length))
  const relevant = sharedUint8(total((part) => part.relevant.length))
  let request = 0
  let row = 0
  let feature = 0
  for (const part of parts) {
    features.set(part.features, feature)
    relevant.set(part.relevant, row)
    for (let r = 1; r < part.offsets.length; r++) offsets[++request] = row + part.offsets[r]!
    row += part.relevant.length
    feature += part.features.length
  }
  return { offsets, features, relevant }
}
