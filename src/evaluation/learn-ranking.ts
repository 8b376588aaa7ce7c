/**
 * @file Learns how to rank on some surfaces, from validation periods that are carved out of the training data.
 *
 * Sources are fitted on what lies before a validation period and asked for the requests inside it. The blend is fitted on
 * what they answered, then the rankers on the features of the blend's best. Where few users come back, one period gives
 * too few requests: then earlier cuts of the same kind are added, each with sources of its own.
 */

import { parseOptions } from '../base/parse-options.ts'
import type { Progress } from '../base/progress.ts'
import { type Fitted, fitSources, openSources } from '../cascade/fit.ts'
import { askedOf, type GivenSurfaces, surfaceConstants, surfaceDeclarations } from '../cascade/surfaces.ts'
import type { Dataset } from '../data/dataset.ts'
import { protocolOf } from '../data/split.ts'
import { type BlendModel, equalBlend, type ListLengths } from '../ranking/blend.ts'
import { blendOptions, fitBlend } from '../ranking/fit-blend.ts'
import type { RankerModel, RankRows } from '../ranking/rankers/ranker.ts'
import { fitRanker } from '../ranking/rankers/registry.ts'
import type { Surface } from '../sources/request.ts'
import { columnNames } from './ask.ts'
import { collectExamples, joinExamples } from './examples.ts'
import { newcomerTasks, tasksOf } from './protocol.ts'
import { collectRankRows, joinRankRows } from './rank-rows.ts'
import type { EvaluationTasks } from './tasks.ts'
import { validationPeriods } from './validation-periods.ts'

export interface LearnRankingOptions extends GivenSurfaces {
  surfaces: readonly Surface[]
  sources?: readonly string[]
  sourceOptions?: Readonly<Record<string, unknown>>
  /** Options of each surface's blend, see `blendOptions`; what is left out takes the declared defaults. */
  blendOptions?: Partial<Record<Surface, unknown>>
  /** Rankers that are fitted after the blend, by name; none when left out. */
  rankers?: readonly string[]
  /** Options by ranker name; what is left out takes the declared defaults. */
  rankerOptions?: Readonly<Record<string, unknown>>
  threads: number
  seed: number
  progress: Progress
  /** Users (sessions) asked in each validation period; more do not change the weights that matter. */
  validationUnits?: number
  /** Validation periods at most. */
  periods?: number
}

/** How a surface ranks. */
export interface LearnedRanking {
  blend: BlendModel
  /** In the order of `rankers`. */
  rankers: RankerModel[]
}

const VALIDATION_UNITS = 6000
/** Of people of whom nothing is known, so many in each validation period: fewer sources have anything to say to them. */
const NEWCOMERS = 2000
/** Earlier validation periods are added to a surface until it has this many requests. */
const ENOUGH_REQUESTS = 1000
/** Of the blend's best, so many teach a ranker: what stands below is rarely relevant and costs as much. */
export const TAUGHT = 200

/** The requests of one surface in one validation period, with the sources that knew nothing of them. */
interface Asked {
  fitted: Fitted
  tasks: EvaluationTasks
  /** Requests that say nothing; null on a surface that has none. */
  newcomers: EvaluationTasks | null
  columns: string[]
}

/** @param train training interactions only; nothing else is looked at */
export async function learnRanking(
  train: Dataset,
  options: LearnRankingOptions,
): Promise<Partial<Record<Surface, LearnedRanking>>> {
  const asked = await askPeriods(train, options)
  const learned: Partial<Record<Surface, LearnedRanking>> = {}
  for (const [surface, periods] of asked) {
    const blend = await learnBlend(surface, periods, options)
    learned[surface] = { blend, rankers: await learnRankers(blend, periods, options) }
  }
  return learned
}

/**
 * Rows for a surface's rankers, and the blend that chose them.
 *
 * @param keep candidates per request, the blend's best, best first
 */
export async function rankRows(
  train: Dataset,
  surface: Surface,
  options: Omit<LearnRankingOptions, 'surfaces'>,
  keep: number,
): Promise<{ blend: BlendModel; rows: RankRows }> {
  const asked = await askPeriods(train, { ...options, surfaces: [surface] })
  const periods = asked.get(surface) ?? []
  const blend = await learnBlend(surface, periods, options)
  return { blend, rows: await rowsOf(blend, periods, options, keep) }
}

async function askPeriods(train: Dataset, options: LearnRankingOptions): Promise<Map<Surface, Asked[]>> {
  const asked = new Map<Surface, Asked[]>(options.surfaces.map((surface) => [surface, []]))
  for (const { train: before, validation } of validationPeriods(train, options.periods)) {
    const fitted = await fitSources(before, options)
    for (const [surface, periods] of asked) {
      // What is closest to now counts: a surface with enough of it needs nothing older because another one does.
      if (requestsOf(periods) >= ENOUGH_REQUESTS) continue
      const split = { train: before, test: validation, protocol: protocolOf(before.split) }
      const { seed, validationUnits: maxUnits = VALIDATION_UNITS } = options
      const taskOptions = { surface, ...surfaceConstants(surface, options), maxUnits, seed }
      const tasks = tasksOf(split, taskOptions)
      const newcomers = surfaceDeclarations[surface].forNewcomers
        ? newcomerTasks(split, { ...taskOptions, maxUnits: Math.min(maxUnits, NEWCOMERS) })
        : null
      const columns = columnNames(tasks, openSources(fitted, surface))
      // A source that could not serve one of the periods would shift the columns: that period is left out.
      if (periods.length === 0 || periods[0].columns.join() === columns.join()) {
        periods.push({ fitted, tasks, newcomers, columns })
      }
    }
    if ([...asked.values()].every((periods) => requestsOf(periods) >= ENOUGH_REQUESTS)) break
  }
  return asked
}

async function learnBlend(
  surface: Surface,
  periods: readonly Asked[],
  options: Omit<LearnRankingOptions, 'surfaces'>,
): Promise<BlendModel> {
  const { threads, seed, progress } = options
  const { pool, ...fit } = parseOptions('blend', blendOptions, options.blendOptions?.[surface])
  const { columns } = periods[0]
  const lists: ListLengths = { asked: askedOf(surface, options, columns), pool }
  if (requestsOf(periods) === 0) return equalBlend(columns, lists)
  const fitOn = async (tasksOfPeriod: (period: Asked) => EvaluationTasks) => {
    const parts = []
    for (const period of periods) {
      const tasks = tasksOfPeriod(period)
      const asking = progress.start(`Asking for validation (${surface})`, tasks.length)
      const shared = { fitted: period.fitted, tasks, lists, seed }
      parts.push(await collectExamples(shared, threads, (done) => asking.update(done)))
      asking.end()
    }
    const fitting = progress.start(`Fitting the blend of ${surface}`)
    const blend = fitBlend(columns, lists, joinExamples(parts), fit)
    fitting.end()
    return blend
  }
  const blend = await fitOn(({ tasks }) => tasks)
  if (!surfaceDeclarations[surface].forNewcomers) return blend
  const { weights } = await fitOn(({ newcomers }) => newcomers!)
  // Where nobody wanted what was proposed there is nothing to learn, and no order in no weights.
  return {
    ...blend,
    newcomerWeights: weights.some((weight) => weight !== 0) ? weights : weights.map(() => 1),
  }
}

async function learnRankers(
  blend: BlendModel,
  periods: readonly Asked[],
  options: LearnRankingOptions,
): Promise<RankerModel[]> {
  const { rankers = [], threads, seed, progress } = options
  if (rankers.length === 0 || requestsOf(periods) === 0) return []
  const rows = await rowsOf(blend, periods, options, TAUGHT)
  const models: RankerModel[] = []
  for (const name of rankers) {
    models.push(await fitRanker(name, rows, options.rankerOptions?.[name], { threads, seed, progress }))
  }
  return models
}

async function rowsOf(
  blend: BlendModel,
  periods: readonly Asked[],
  { threads, seed, progress }: Omit<LearnRankingOptions, 'surfaces'>,
  keep: number,
): Promise<RankRows> {
  const parts = []
  for (const { fitted, tasks } of periods) {
    const writing = progress.start(`Writing features (${tasks.surface})`, tasks.length)
    const shared = { fitted, tasks, blend, keep, seed }
    parts.push(await collectRankRows(shared, threads, (done) => writing.update(done)))
    writing.end()
  }
  return joinRankRows(parts)
}

const requestsOf = (periods: readonly Asked[]) => periods.reduce((sum, { tasks }) => sum + tasks.length, 0)
