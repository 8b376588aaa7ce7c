/** @file Judges two sets of constants on the test period, once: what a tuning is worth where it was not searched. */

import type { Progress } from '../../base/progress.ts'
import { sharedUint8, sharedUint32 } from '../../base/shared.ts'
import { workerModule } from '../../base/worker-module.ts'
import { WorkerPool } from '../../base/worker-pool.ts'
import { surfaceConstants } from '../../cascade/surfaces.ts'
import { type Constants, optionsOf } from '../../cascade/tuned.ts'
import type { Dataset } from '../../data/dataset.ts'
import { itemGraphOf } from '../../data/item-graph-of.ts'
import { splitDataset } from '../../data/split.ts'
import { REVISIT } from '../../evaluation/ask.ts'
import { learnRanking } from '../../evaluation/learn-ranking.ts'
import { tasksOf } from '../../evaluation/protocol.ts'
import { shareArrays } from '../../evaluation/share.ts'
import { alignBlend } from '../../ranking/blend.ts'
import { blendOptions } from '../../ranking/fit-blend.ts'
import type { Surface } from '../../sources/request.ts'
import { AnswerCache } from './answer-cache.ts'
import type { CascadeDone, CascadeShared, CascadeTask } from './cascade-tasks.ts'
import { type PairedGain, pairedGain } from './paired-gain.ts'
import { type Period, WHOLE_QUERIES } from './periods.ts'

export interface CompareOptions {
  surface: Surface
  metric: string
  sources?: readonly string[]
  threads: number
  seed: number
  progress: Progress
}

/** Users (sessions) of the test period at most, a seeded sample. */
const UNITS = 10_000

/** Both learn on the whole training half, as `labrador fit` would, and answer the same requests. */
export async function compareOnTest(
  dataset: Dataset,
  constants: { before: Constants; after: Constants },
  options: CompareOptions,
): Promise<PairedGain> {
  const period = testPeriod(dataset, options)
  const before = await judgeOnTest(period, constants.before, options)
  const after = await judgeOnTest(period, constants.after, options)
  return pairedGain(before, after, period.tasks.unit)
}

function testPeriod(dataset: Dataset, { surface, seed }: CompareOptions): Period {
  const split = splitDataset(dataset)
  const tasks = tasksOf(split, {
    surface,
    ...WHOLE_QUERIES,
    maxUnits: UNITS,
    seed,
  })
  const graph = itemGraphOf(split.train)
  const { catalog, users, imageFolder } = split.train
  const order = sharedUint32(tasks.length).map((_, k) => k)
  const opened = { catalog, users, graph, imageFolder }
  return { dataset: split.train, graph, opened, tasks, order, fold: sharedUint8(tasks.length) }
}

async function judgeOnTest(
  period: Period,
  constants: Constants,
  options: CompareOptions,
): Promise<Float64Array> {
  const { surface, metric, threads, seed, progress } = options
  const given = optionsOf(constants)
  const { candidatesPerSource, queryItems, fading } = surfaceConstants(surface, given)
  const asking = { candidatesPerSource, queryItems, fading }
  const learned = await learnRanking(period.dataset, { ...options, ...given, surfaces: [surface] })
  const { blend } = learned[surface]!
  const judging = progress.start('Judging on the test period')
  const shared: CascadeShared = { periods: [period], seed }
  const pool = new WorkerPool<CascadeTask, CascadeDone>(
    workerModule(import.meta.url, './cascade-worker'),
    threads,
    shareArrays(shared),
  )
  try {
    const cache = new AnswerCache(pool, [period], { threads, seed, capacity: blend.sources.length })
    const sources = cache.suitable(
      blend.sources.filter((name) => name !== REVISIT),
      (name) => constants.sources[name],
    )
    const count = period.tasks.length
    const answers = []
    for (const source of sources)
      answers.push(await cache.answers(0, source, constants.sources[source], asking, count))
    const columns = period.tasks.protocol === 'sessions, temporal' ? [...sources, REVISIT] : sources
    const { weights, asked, pool: poolLength } = alignBlend(blend, columns)
    const task: CascadeTask = {
      kind: 'judge',
      sources,
      answers: [answers],
      asking,
      asked,
      counts: [count],
      blend: { ...blendOptions.parse(constants.blends[surface] ?? {}), pool: poolLength },
      weights,
      metric,
    }
    return (await pool.run(task)) as Float64Array
  } finally {
    judging.end()
    await pool.close()
  }
}
