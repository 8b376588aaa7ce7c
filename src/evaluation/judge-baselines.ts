/** @file Judges the baselines alone, without sources or blend: how the evaluator is compared with other evaluators. */

import type { Progress } from '../base/progress.ts'
import type { Dataset } from '../data/dataset.ts'
import { splitDataset } from '../data/split.ts'
import { fitBaselines } from './baselines/fit-baselines.ts'
import { baselineNamed } from './baselines/registry.ts'
import { markHits, metricNamed } from './metrics.ts'
import { tasksOf } from './protocol.ts'
import { rankCatalogue } from './rank-catalogue.ts'
import { listOf } from './tasks.ts'

export interface JudgeBaselinesOptions {
  /** Such as `ndcg@10`. */
  metrics: readonly string[]
  threads: number
  seed: number
  progress: Progress
}

/** @returns means over all tasks of the protocol, by baseline and metric */
export async function judgeBaselines(
  dataset: Dataset,
  options: JudgeBaselinesOptions,
): Promise<Record<string, Record<string, number>>> {
  const split = splitDataset(dataset)
  const surface = split.protocol === 'sessions, temporal' ? 'related' : 'home'
  const everybody = Number.POSITIVE_INFINITY
  const tasks = tasksOf(split, {
    surface,
    queryItems: everybody,
    fading: 1,
    maxUnits: everybody,
    seed: options.seed,
  })
  const metrics = options.metrics.map(metricNamed)
  const depth = Math.max(...metrics.map(({ k }) => k))
  const scores = new Float32Array(tasks.eligible.length)
  const hits = new Uint8Array(depth)
  const judged: Record<string, Record<string, number>> = {}
  for (const { name, arrays } of await fitBaselines(split, tasks.eligible, options)) {
    const ranker = baselineNamed(name).open(arrays)
    const sums = new Float64Array(metrics.length)
    for (let task = 0; task < tasks.length; task++) {
      const relevant = listOf(tasks.relevant, task)
      const marked = markHits(rankCatalogue(ranker, tasks, task, options.seed, scores, depth), relevant, hits)
      metrics.forEach(({ metric, k }, m) => {
        sums[m]! += metric(marked, relevant.length, k)
      })
    }
    judged[name] = Object.fromEntries(metrics.map((metric, m) => [metric.name, sums[m]! / tasks.length]))
  }
  return judged
}
