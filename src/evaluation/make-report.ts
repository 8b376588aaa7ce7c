/** @file The report's figures: means with intervals, paired differences, and what was shown to everybody. */

import { type Fitted, notesOf, openSources } from '../cascade/fit.ts'
import type { Split } from '../data/split.ts'
import { blendFor } from '../ranking/blend.ts'
import { popularityOf, trainMatrix } from './baselines/train-matrix.ts'
import { bootstrap, bootstrapDefaults, differenceOf, intervalOf } from './bootstrap.ts'
import type { EvaluateOptions } from './evaluate.ts'
import { coverage, gini, longTail, meanShown, selfInformation } from './exposure.ts'
import type { JudgeShared } from './judge.ts'
import type { EvaluationReport, Figure, Result } from './report.ts'
import type { EvaluationTasks } from './tasks.ts'

/** Turns what was judged into figures with intervals. */
export function makeReport(
  split: Split,
  shared: JudgeShared,
  fitted: Fitted,
  options: EvaluateOptions,
): EvaluationReport {
  const { tasks, metrics, verdict, blend, rankers } = shared
  const { weights } = options.newcomers ? blendFor(blend, []) : blend
  const sourceNames = openSources(fitted, tasks.surface).map((source) => source.name)
  const systems = [
    ...sourceNames.map((name) => ({ name, kind: 'source' as const })),
    { name: 'blend', kind: 'blend' as const },
    ...rankers.map(({ ranker }) => ({ name: ranker, kind: 'ranker' as const })),
    ...shared.baselines.map(({ name }) => ({ name, kind: 'baseline' as const })),
  ]
  const { confidence } = bootstrapDefaults
  const resamples = options.resamples ?? bootstrapDefaults.resamples
  const drawn = bootstrap(verdict.values, verdict.columns, tasks.unit, tasks.units, {
    resamples,
    seed: options.seed,
    confidence,
  })
  const foundAt = systems.length * metrics.length
  const shownFigures = exposureFigures(split, shared)
  const results = systems.map(({ name, kind }, s): Result => {
    const figures: Record<string, Figure> = {}
    metrics.forEach((metric, m) => {
      figures[metric] = intervalOf(drawn, s * metrics.length + m, confidence)
    })
    if (kind === 'source') figures['unique-recall'] = intervalOf(drawn, foundAt + s, confidence)
    return { name, kind, metrics: { ...figures, ...shownFigures(s) } }
  })
  const blendAt = sourceNames.length
  const differences = systems.flatMap(({ name, kind }, s) => {
    if (s === blendAt) return []
    const [better, worse] = kind === 'ranker' ? [s, blendAt] : [blendAt, s]
    const figures: Record<string, Figure> = {}
    metrics.forEach((metric, m) => {
      figures[metric] = differenceOf(
        drawn,
        better * metrics.length + m,
        worse * metrics.length + m,
        confidence,
      )
    })
    return [
      kind === 'ranker'
        ? { name, other: 'blend', metrics: figures }
        : { name: 'blend', other: name, metrics: figures },
    ]
  })
  return {
    dataset: split.train.name,
    protocol: tasks.protocol,
    newcomers: options.newcomers ?? false,
    surface: tasks.surface,
    users: tasks.units,
    requests: tasks.length,
    items: tasks.eligible.reduce((sum, flag) => sum + flag, 0),
    seed: options.seed,
    confidence,
    resamples,
    headline: metrics.slice(0, 2),
    results,
    differences,
    candidateRecall: intervalOf(drawn, foundAt + sourceNames.length, confidence),
    blend: {
      weights: weights.map((weight, s) => ({ source: blend.sources[s]!, weight })),
      fitted: blend.fitted,
    },
    notes: [
      ...split.train.notes,
      ...sampleNote(tasks),
      ...newcomerNote(tasks, options),
      ...Object.entries(fitted.skipped).map(([name, reason]) => `Source ${name} was left out: ${reason}.`),
      ...notesOf(fitted.artefacts),
      ...(options.notes ?? []),
    ],
  }
}

function newcomerNote({ seen }: EvaluationTasks, { newcomers = false }: EvaluateOptions): string[] {
  if (!newcomers) return []
  return [
    seen.items.length === 0
      ? 'Only people who came for the first time were asked for, with no query item; every other one has an account.'
      : 'People who came back were asked for as though nothing were known of them; only the baselines see what they touched before.',
  ]
}

function sampleNote({ units, population, protocol }: EvaluationTasks): string[] {
  if (units === population) return []
  const whom = protocol === 'sessions, temporal' ? 'sessions' : 'users'
  return [
    `A seeded sample of ${units.toLocaleString('en')} of ${population.toLocaleString('en')} ${whom} was asked for.`,
  ]
}

/** Coverage, concentration, novelty and long-tail share of a system, by its number. */
function exposureFigures(split: Split, { tasks, verdict, shown }: JudgeShared) {
  const items = tasks.eligible.length
  const { train, protocol } = split
  const users = train.users.users.ids.length
  const matrix = trainMatrix(train.interactions, protocol, users, items)
  const popularity = popularityOf(matrix)
  let rows = 0
  for (let row = 0; row < matrix.rows; row++) if (matrix.offsets[row + 1]! > matrix.offsets[row]!) rows++
  const information = selfInformation(popularity, rows)
  const tail = longTail(popularity, tasks.eligible)
  const catalogue = tasks.eligible.reduce((sum, flag) => sum + flag, 0)
  const plain = (value: number): Figure => ({ value, low: null, high: null })
  return (system: number): Record<string, Figure> => {
    const exposure = verdict.exposure.subarray(system * items, (system + 1) * items)
    return {
      [`coverage@${shown}`]: plain(coverage(exposure, catalogue)),
      [`gini@${shown}`]: plain(gini(exposure, catalogue)),
      [`novelty@${shown}`]: plain(meanShown(information, exposure)),
      [`long-tail-share@${shown}`]: plain(meanShown(tail, exposure)),
    }
  }
}
