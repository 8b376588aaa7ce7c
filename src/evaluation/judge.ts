/** @file Judges every system on every task: the work of one worker thread over shared memory. */

import { topK } from '../base/top-k.ts'
import { type Fitted, openSources } from '../cascade/fit.ts'
import { type BlendModel, blendFor, scoreBlend } from '../ranking/blend.ts'
import type { FeatureSet } from '../ranking/features/feature-set.ts'
import { preRank } from '../ranking/pre-rank.ts'
import { rowScorer } from '../ranking/rankers/open-rankers.ts'
import type { RankerModel } from '../ranking/rankers/ranker.ts'
import type { MergedCandidates } from '../sources/candidates.ts'
import { bestCandidates } from '../sources/merge.ts'
import { askSources, columnNames, listOfSource } from './ask.ts'
import type { FittedBaseline } from './baselines/fit-baselines.ts'
import { baselineNamed } from './baselines/registry.ts'
import { contains, type MetricAt, markHits, metricNamed } from './metrics.ts'
import { rankCatalogue } from './rank-catalogue.ts'
import { featureSetOf } from './rank-rows.ts'
import type { TaskRange } from './run-ranges.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from './tasks.ts'

/** What every worker is given once. */
export interface JudgeShared {
  fitted: Omit<Fitted, 'skipped'>
  tasks: EvaluationTasks
  blend: BlendModel
  rankers: RankerModel[]
  baselines: FittedBaseline[]
  metrics: string[]
  /** Of the blend's best, so many go on to the rankers. */
  ranked: number
  /** Length of the lists that are judged; no metric looks further. */
  depth: number
  /** Length of the list that counts as shown, for exposure. */
  shown: number
  seed: number
  verdict: Verdict
}

/** Written by all workers at once, each task in its own rows. Systems: the sources, the blend, the rankers, the baselines. */
export interface Verdict {
  /** Row-major, tasks × columns; columns: systems × metrics, then unique recall per source, then candidate recall. */
  values: Float64Array
  columns: number
  /** Row-major, systems × items: how often each item was shown. */
  exposure: Uint32Array
}

/** Opening them costs a pass over all vectors, which the blend alone has no use for. */
const NO_FEATURES: FeatureSet = { names: [], families: [], write() {} }

/** Opens everything once and returns the function that judges a range. */
export function openJudge(shared: JudgeShared): (range: TaskRange) => void {
  const { fitted, tasks, blend, depth, shown, seed, verdict } = shared
  const sources = openSources(fitted, tasks.surface)
  const width = columnNames(tasks, sources).length
  const rankers = shared.baselines.map(({ name, arrays }) => baselineNamed(name).open(arrays))
  const features = shared.rankers.length > 0 ? featureSetOf(shared) : NO_FEATURES
  const scorers = shared.rankers.map((model) => rowScorer(model, features, model.ranker))
  const metrics = shared.metrics.map(metricNamed)
  const codes = userCodes(fitted.users)
  const items = tasks.eligible.length
  const scores = new Float32Array(items)
  const hits = new Uint8Array(depth)

  function judge(task: number, system: number, ranked: Uint32Array): void {
    const relevant = listOf(tasks.relevant, task)
    const marked = markHits(ranked, relevant, hits)
    const at = task * verdict.columns + system * metrics.length
    metrics.forEach(({ metric, k }: MetricAt, m) => {
      verdict.values[at + m] = metric(marked, relevant.length, k)
    })
    for (const item of ranked.subarray(0, shown)) Atomics.add(verdict.exposure, system * items + item, 1)
  }

  return ({ from, to }) => {
    for (let task = from; task < to; task++) {
      const request = requestOf(tasks, task, codes, seed)
      const merged = askSources(sources, request, tasks, task, blend.asked, fitted.catalog.hidden)
      sources.forEach((_, s) => {
        judge(task, s, listOfSource(merged, width, s, depth))
      })
      const best = bestCandidates(merged.items, scoreBlend(blendFor(blend, request.items), merged), depth)
      judge(task, sources.length, best.items)
      if (scorers.length > 0) {
        const input = preRank(blend, merged, request, shared.ranked)
        const rows = input.items.length
        const values = new Float32Array(rows * features.names.length)
        features.write(input, values)
        scorers.forEach((score, r) => {
          const order = topK(score(values, rows), depth)
          judge(
            task,
            sources.length + 1 + r,
            Uint32Array.from(order, (row) => input.items[row]),
          )
        })
      }
      const ranked = sources.length + 1 + scorers.length
      writeFound(verdict, task, (ranked + rankers.length) * metrics.length, {
        merged,
        sources: sources.length,
        relevant: listOf(tasks.relevant, task),
      })
      rankers.forEach((ranker, b) => {
        judge(task, ranked + b, rankCatalogue(ranker, tasks, task, seed, scores, depth))
      })
    }
  }
}

/** Unique recall of every source and recall of all candidates together, from column `at` on. */
function writeFound(
  verdict: Verdict,
  task: number,
  at: number,
  found: { merged: MergedCandidates; sources: number; relevant: Uint32Array },
): void {
  const { merged, sources, relevant } = found
  const row = task * verdict.columns + at
  const share = 1 / relevant.length
  for (let r = 0; r < merged.items.length; r++) {
    if (!contains(relevant, merged.items[r]!)) continue
    const mask = merged.sources[r]!
    verdict.values[row + sources]! += share
    const alone = (mask & (mask - 1)) === 0
    const source = 31 - Math.clz32(mask)
    if (alone && source < sources) verdict.values[row + source]! += share
  }
}
