/** @file What worker threads do for a trial of the cascade: ask one source, or judge one configuration. */

import type { Artefact } from '../../base/array-file.ts'
import { sharedFloat32, sharedFloat64, sharedUint32 } from '../../base/shared.ts'
import { topK } from '../../base/top-k.ts'
import type { QueryConstants } from '../../cascade/surfaces.ts'
import { askSources, columnNames } from '../../evaluation/ask.ts'
import { exampleOf, joinExamples } from '../../evaluation/examples.ts'
import { type MetricAt, metricNamed } from '../../evaluation/metrics.ts'
import { type EvaluationTasks, listOf, requestOf, userCodes } from '../../evaluation/tasks.ts'
import { type BlendOptions, fitBlend } from '../../ranking/fit-blend.ts'
import { type Candidates, emptyCandidates } from '../../sources/candidates.ts'
import { sourceDefinition } from '../../sources/registry.ts'
import type { OpenInput, Source } from '../../sources/source.ts'

/** A validation period as workers see it. */
export interface PeriodTasks {
  opened: OpenInput
  tasks: EvaluationTasks
  /** Positions of the tasks, shuffled by unit: the first so many are a sample of all. */
  order: Uint32Array
  /** 0 or 1 per task, the same for all tasks of a unit. */
  fold: Uint8Array
}

/** What every worker is given once. */
export interface CascadeShared {
  periods: PeriodTasks[]
  seed: number
}

/** What one source answered to `BLOCK` tasks, one after the other. */
export interface Answers {
  offsets: Uint32Array
  items: Uint32Array
  scores: Float32Array
}

/** How sources are asked. */
export interface Asking extends QueryConstants {
  /** Candidates of each source. */
  candidatesPerSource: number
}

/** Ask a source for one block of a period's order. */
export interface AskTask {
  kind: 'ask'
  asking: Asking
  period: number
  source: string
  artefact: Artefact
  block: number
}

/** Judge a configuration by what its sources answered. */
export interface JudgeTask {
  kind: 'judge'
  sources: string[]
  /** By period, source and block; asked in this way. */
  answers: Answers[][][]
  asking: Asking
  /** Of what each column answered, so many count, the best: asked for fewer, a source gives the head of its list. */
  asked: number[]
  /** Tasks of each period that count, the first in its order. */
  counts: number[]
  blend: BlendOptions
  /** Weights learned elsewhere, one per column; fitted on these very requests, crosswise, when null. */
  weights: number[] | null
  /** Such as `ndcg@10`. */
  metric: string
}

export type CascadeTask = AskTask | JudgeTask
/** Answers of a source, or the metric of every task, period after period in their orders. */
export type CascadeDone = Answers | Float64Array

/** Tasks asked at a time; shares of the data are whole blocks. */
export const BLOCK = 32

export function openCascadeTasks(shared: CascadeShared): (task: CascadeTask) => CascadeDone {
  return (task) => (task.kind === 'ask' ? ask(shared, task) : judge(shared, task))
}

function ask(
  { periods, seed }: CascadeShared,
  { period, source, artefact, block, asking }: AskTask,
): Answers {
  const { opened, order } = periods[period]!
  const tasks = asTrialled(periods[period]!, asking)
  const codes = userCodes(opened.users)
  const open = sourceDefinition(source).open(artefact, opened)
  const lists: Candidates[] = []
  for (const task of order.subarray(block * BLOCK, (block + 1) * BLOCK)) {
    lists.push(open.propose(requestOf(tasks, task, codes, seed), asking.candidatesPerSource))
  }
  const total = lists.reduce((sum, { items }) => sum + items.length, 0)
  const answers: Answers = {
    offsets: sharedUint32(lists.length + 1),
    items: sharedUint32(total),
    scores: sharedFloat32(total),
  }
  lists.forEach(({ items, scores }, k) => {
    const at = answers.offsets[k]!
    answers.items.set(items, at)
    answers.scores.set(scores, at)
    answers.offsets[k + 1] = at + items.length
  })
  return answers
}

/**
 * Where weights are not given, the blend is fitted on one half of the units and judged on the other, both ways: no request
 * is judged by weights that have seen it.
 */
function judge({ periods, seed }: CascadeShared, task: JudgeTask): Float64Array {
  const metric = metricNamed(task.metric)
  const { asked } = task
  const lists = { asked, pool: task.blend.pool }
  const judged: { fold: number; relevant: number; example: ReturnType<typeof exampleOf> }[] = []
  let columns: string[] = []
  periods.forEach((period, p) => {
    const { opened, order, fold } = period
    const tasks = asTrialled(period, task.asking)
    const remembered = task.sources.map((name) => rememberingSource(name))
    const codes = userCodes(opened.users)
    columns = columnNames(tasks, remembered)
    for (let position = 0; position < task.counts[p]!; position++) {
      const number = order[position]!
      remembered.forEach((source, s) => {
        source.remember(answerAt(task.answers[p]![s]!, position, asked[s]!))
      })
      const request = requestOf(tasks, number, codes, seed)
      const merged = askSources(remembered, request, tasks, number, asked, opened.catalog.hidden)
      const relevant = listOf(tasks.relevant, number)
      judged.push({
        fold: fold[number]!,
        relevant: relevant.length,
        example: exampleOf(merged, columns.length, lists, relevant),
      })
    }
  })
  const weights = [0, 1].map((fold) => {
    if (task.weights) return task.weights
    const others = judged.filter((one) => one.fold !== fold).map(({ example }) => example)
    return fitBlend(columns, lists, joinExamples(others), task.blend).weights
  })
  const values = sharedFloat64(judged.length)
  judged.forEach(({ fold, relevant, example }, k) => {
    values[k] = metricOf(example.features, example.relevant, weights[fold]!, relevant, metric)
  })
  return values
}

/** The tasks of a period, which hold whole queries, as a configuration asks them. */
function asTrialled({ tasks }: PeriodTasks, { queryItems, fading }: Asking): EvaluationTasks {
  return { ...tasks, queryItems, fading }
}

/** Metric of one request's list under a blend. */
function metricOf(
  features: Float32Array,
  relevant: Uint8Array,
  weights: readonly number[],
  wanted: number,
  { metric, k }: MetricAt,
): number {
  const width = weights.length
  const scores = new Float32Array(relevant.length)
  for (let row = 0, at = 0; row < scores.length; row++) {
    let sum = 0
    for (let f = 0; f < width; f++, at++) sum += weights[f]! * features[at]!
    scores[row] = sum
  }
  const hits = Uint8Array.from(topK(scores, k), (row) => relevant[row]!)
  return metric(hits, wanted, k)
}

/** A source that says what it was told to: its answers were found before. */
function rememberingSource(name: string): Source & { remember(candidates: Candidates): void } {
  let current = emptyCandidates
  return {
    name,
    propose: () => current,
    remember(candidates) {
      current = candidates
    },
  }
}

function answerAt(blocks: readonly Answers[], position: number, most: number): Candidates {
  const { offsets, items, scores } = blocks[Math.floor(position / BLOCK)]!
  const k = position % BLOCK
  const start = offsets[k]!
  const end = Math.min(offsets[k + 1]!, start + most)
  return { items: items.subarray(start, end), scores: scores.subarray(start, end) }
}
