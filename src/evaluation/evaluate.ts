/** @file Evaluates a dataset end to end: split, learn to rank on validation, fit on train, judge on test. */

import { InvalidFileError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { sharedFloat64, sharedUint32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { type Fitted, fitSources, openSources } from '../cascade/fit.ts'
import { type GivenSurfaces, surfaceConstants } from '../cascade/surfaces.ts'
import type { Dataset } from '../data/dataset.ts'
import { splitDataset } from '../data/split.ts'
import { alignBlend } from '../ranking/blend.ts'
import type { Surface } from '../sources/request.ts'
import { columnNames } from './ask.ts'
import { type FittedBaseline, fitBaselines } from './baselines/fit-baselines.ts'
import type { JudgeShared, Verdict } from './judge.ts'
import { type LearnedRanking, learnRanking } from './learn-ranking.ts'
import { makeReport } from './make-report.ts'
import { newcomerTasks, tasksOf } from './protocol.ts'
import type { EvaluationReport } from './report.ts'
import { runRanges } from './run-ranges.ts'
import type { EvaluationTasks } from './tasks.ts'

export interface EvaluateOptions extends GivenSurfaces {
  /** `related` for sessions, else `home`, when left out. */
  surface?: Surface
  /** Only these sources; all that serve the surface when left out. */
  sources?: readonly string[]
  sourceOptions?: Readonly<Record<string, unknown>>
  blendOptions?: Partial<Record<Surface, unknown>>
  /** Asks for people of whom nothing is known, see `newcomerTasks`, instead of those who come back. */
  newcomers?: boolean
  /** Said in the report after what the data and the sources have to say. */
  notes?: readonly string[]
  threads: number
  seed: number
  progress: Progress
  /** Users (or sessions) at most; a seeded sample when there are more. */
  maxUnits?: number
  resamples?: number
  /** Rankers that are fitted and judged beside the blend, by name. */
  rankers?: readonly string[]
  rankerOptions?: Readonly<Record<string, unknown>>
  /** What was learned on this training data already; learned here when left out. */
  learned?: Partial<Record<Surface, LearnedRanking>>
}

/** All users of the public datasets; a sample of a simulated world's millions. */
const MAX_UNITS = 40_000

/** What is measured under a protocol; the two headline metrics come first. */
interface Measures {
  metrics: string[]
  depth: number
  shown: number
}

const userMeasures: Measures = {
  metrics: ['ndcg@10', 'recall@100', 'recall@10', 'mrr@10', 'hit-rate@10', 'precision@10', 'map@10'],
  depth: 100,
  shown: 10,
}
const sessionMeasures: Measures = {
  metrics: ['mrr@20', 'recall@20', 'ndcg@20', 'mrr@10', 'recall@10'],
  depth: 20,
  shown: 20,
}

/** The surface on which a dataset is measured when nobody says. */
export function defaultSurface(dataset: Dataset): Surface {
  return dataset.split.kind === 'sessions' ? 'related' : 'home'
}

/** Same dataset, options and seed give the same report to the last digit, whatever the number of threads. */
export async function evaluate(dataset: Dataset, options: EvaluateOptions): Promise<EvaluationReport> {
  if (dataset.interactions.length === 0) {
    throw new InvalidFileError(dataset.name, 'has no positive events to measure on', {
      hint: 'import events first',
    })
  }
  const surface = options.surface ?? defaultSurface(dataset)
  const split = splitDataset(dataset)
  const learned = options.learned ?? (await learnRanking(split.train, { ...options, surfaces: [surface] }))
  const fitted = await fitSources(split.train, { ...options, surfaces: [surface] })
  const tasks = (options.newcomers ? newcomerTasks : tasksOf)(split, {
    surface,
    ...surfaceConstants(surface, options),
    maxUnits: options.maxUnits ?? MAX_UNITS,
    seed: options.seed,
  })
  const names = columnNames(tasks, openSources(fitted, surface))
  const { blend: learnedBlend, rankers } = learned[surface]!
  const ranking = { blend: alignBlend(learnedBlend, names), rankers }
  const fittedBaselines = await fitBaselines(split, tasks.eligible, options)
  const shared = judgeInput(fitted, tasks, ranking, fittedBaselines, options)
  await judgeAll(shared, options)
  return makeReport(split, shared, fitted, options)
}

function judgeInput(
  fitted: Fitted,
  tasks: EvaluationTasks,
  { blend, rankers }: LearnedRanking,
  fittedBaselines: FittedBaseline[],
  options: EvaluateOptions,
): JudgeShared {
  const { metrics, depth, shown } = tasks.protocol === 'sessions, temporal' ? sessionMeasures : userMeasures
  const sources = openSources(fitted, tasks.surface).length
  const systems = sources + 1 + rankers.length + fittedBaselines.length
  const columns = systems * metrics.length + sources + 1
  const { skipped: _, ...opened } = fitted
  const verdict: Verdict = {
    values: sharedFloat64(tasks.length * columns),
    columns,
    exposure: sharedUint32(systems * tasks.eligible.length),
  }
  return {
    fitted: opened,
    tasks,
    blend,
    rankers,
    baselines: fittedBaselines,
    metrics,
    ranked: surfaceConstants(tasks.surface, options).ranked,
    depth,
    shown,
    seed: options.seed,
    verdict,
  }
}

async function judgeAll(shared: JudgeShared, { threads, progress }: EvaluateOptions): Promise<void> {
  const judging = progress.start('Judging', shared.tasks.length)
  const module = workerModule(import.meta.url, './judge-worker')
  try {
    await runRanges<void>(module, shared, shared.tasks.length, threads, (done) => judging.update(done))
  } finally {
    judging.end()
  }
}
