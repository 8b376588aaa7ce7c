/**
 * @file Learns the blends of some surfaces from a validation period that is carved out of the training data.
 *
 * Sources are fitted on what lies before the validation period, asked for the requests inside it, and the blend is
 * fitted on what they answered. Where few users come back, one period gives too few requests: then earlier cuts of the
 * same kind are added, each with sources of its own.
 */

import type { Progress } from '../base/progress.ts'
import { fitSources, openSources } from '../cascade/fit.ts'
import { surfaceDeclarations } from '../cascade/surfaces.ts'
import type { Dataset, Interactions } from '../data/dataset.ts'
import { carveValidation, protocolOf, splitDataset } from '../data/split.ts'
import { type BlendModel, equalBlend, type ListLengths } from '../ranking/blend.ts'
import { type BlendExamples, fitBlend } from '../ranking/fit-blend.ts'
import type { Surface } from '../sources/request.ts'
import { columnNames } from './ask.ts'
import { collectExamples, joinExamples } from './examples.ts'
import { tasksOf } from './protocol.ts'

export interface LearnBlendOptions {
  surfaces: readonly Surface[]
  sources?: readonly string[]
  sourceOptions?: Readonly<Record<string, unknown>>
  threads: number
  seed: number
  progress: Progress
  /** Users (sessions) asked in each validation period; more do not change the weights that matter. */
  validationUnits?: number
  /** Validation periods at most. */
  periods?: number
}

const VALIDATION_UNITS = 6000
/** Earlier validation periods are added until there are this many requests. */
const ENOUGH_REQUESTS = 1000
/** Where the validation periods of a temporal split begin, as quantiles of the training times; all end with it. */
const CUTS = [0.8, 0.7, 0.6, 0.5]
/** A relevant item beyond this rank in all sources is hardly found by any mix of them, and longer lists fit worse. */
const POOL = 100

/** Example sets of one surface, gathered over the validation periods. */
interface Gathered {
  columns: string[]
  parts: BlendExamples[]
  requests: number
}

/** @param train training interactions only; nothing else is looked at */
export async function learnBlends(
  train: Dataset,
  options: LearnBlendOptions,
): Promise<Partial<Record<Surface, BlendModel>>> {
  const gathered = new Map<Surface, Gathered>()
  for (const { train: before, validation } of validationPeriods(train, options.periods ?? CUTS.length)) {
    await gather(before, validation, options, gathered)
    if ([...gathered.values()].every(({ requests }) => requests >= ENOUGH_REQUESTS)) break
  }
  const blends: Partial<Record<Surface, BlendModel>> = {}
  for (const [surface, { columns, parts, requests }] of gathered) {
    const fitting = options.progress.start(`Fitting the blend of ${surface}`)
    blends[surface] =
      requests === 0
        ? equalBlend(columns, listLengths(surface))
        : fitBlend(columns, listLengths(surface), joinExamples(parts))
    fitting.end()
  }
  return blends
}

function listLengths(surface: Surface): ListLengths {
  return { asked: surfaceDeclarations[surface].candidatesPerSource, pool: POOL }
}

/** The latest period first. Only data with times has more than one. */
function* validationPeriods(
  train: Dataset,
  periods: number,
): Generator<{ train: Dataset; validation: Interactions }> {
  if (train.split.kind !== 'temporal') {
    yield carveValidation(train)
    return
  }
  for (const fraction of CUTS.slice(0, periods)) {
    const { train: before, test } = splitDataset({ ...train, split: { kind: 'temporal', fraction } })
    yield { train: before, validation: test }
  }
}

async function gather(
  before: Dataset,
  validation: Interactions,
  options: LearnBlendOptions,
  gathered: Map<Surface, Gathered>,
): Promise<void> {
  const { threads, seed, progress } = options
  const fitted = await fitSources(before, options)
  for (const surface of options.surfaces) {
    const { queryItems } = surfaceDeclarations[surface]
    const tasks = tasksOf(
      { train: before, test: validation, protocol: protocolOf(before.split) },
      { surface, queryItems, maxUnits: options.validationUnits ?? VALIDATION_UNITS, seed },
    )
    const asking = progress.start(`Asking for validation (${surface})`, tasks.length)
    const shared = { fitted, tasks, lists: listLengths(surface), seed }
    const examples = await collectExamples(shared, threads, (done) => asking.update(done))
    asking.end()
    const columns = columnNames(tasks, openSources(fitted, surface))
    const existing = gathered.get(surface)
    if (existing) {
      // A source that could not serve one of the periods would shift the columns: that period is left out.
      if (existing.columns.join() !== columns.join()) continue
      existing.parts.push(examples)
      existing.requests += tasks.length
    } else gathered.set(surface, { columns, parts: [examples], requests: tasks.length })
  }
}
