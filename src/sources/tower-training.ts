/**
 * @file How long and how wide two towers are trained, at which rates and temperature, and how histories are pooled: what a
 * validation part of the data says.
 */

import { degree } from '../base/csr.ts'
import { type Progress, silentProgress } from '../base/progress.ts'
import type { Dataset } from '../data/dataset.ts'
import { historiesOf } from '../data/histories.ts'
import { carveValidation } from '../data/split.ts'
import type { Pooling } from '../models/two-tower/batches.ts'
import type { TrainedRows } from '../models/two-tower/item-tables.ts'
import type { RecallCase } from '../models/two-tower/recall.ts'
import type { Judged } from '../models/two-tower/train-towers.ts'
import type { TwoTowerInput } from '../models/two-tower/training-input.ts'
import type { VectorMatrix } from '../vectors/vector-matrix.ts'
import type { FitInput } from './source.ts'
import { inputOf, laterCases } from './tower-data.ts'

export interface Effort {
  /** Batches that large data can bear; small data stops by itself. */
  batchesMost: number
  /** Users in a batch. */
  batch: { least: number; most: number }
  /** What is tried when nobody says, each for a share of the epochs. */
  temperatures: { values: readonly number[]; share: number }
  /** What is tried when nobody says, for rows that begin as factors: each with each temperature, and once to the end. */
  rates: readonly Rates[]
  /** Lengths of vectors that are tried when nobody says, the first one with all temperatures and rates. */
  dims: readonly [number, ...number[]]
  /** Poolings that are tried when nobody says, the first one with everything else. */
  poolings: readonly [Pooling, ...Pooling[]]
}

export interface Rates {
  /** Of weights. */
  rate: number
  /** Of items' rows. */
  tableRate: number
}

/** Rows that begin at random have everything to learn. */
const RANDOM_ROWS: Rates = { rate: 0.001, tableRate: 0.02 }
/** Those that items share begin further from where they have to go: the usual rates never bring them there. */
const SHARED_ROWS: readonly Rates[] = [{ rate: 0.0003, tableRate: 0.004 }, RANDOM_ROWS]

const EPOCHS_MOST = 30
const STEPS_LEAST = 40
/** Of trials of temperatures and of lengths: users that teach at most. */
const TRIAL = { learners: 20_000, learnersLong: 100_000 }
/** Users that judge, and as many more as scores of all items for them take little time beside an epoch. */
const JUDGES = { least: 2000, scores: 5e7 }
/** Differences of recall that say nothing of which rates are better. */
const CHANCE = 0.002

interface Wanted {
  dim?: number
  batch?: number
  epochs?: number
  temperature?: number
  pooling?: Pooling
}

interface Pace extends Rates {
  temperature: number
}

interface Size extends Pace {
  dim: number
  pooling: Pooling
}

interface Settled extends Size {
  batch: number
  epochs: number
  learners?: number
  stopAfter?: number
}

/** What validation said. */
interface Found extends Size {
  recall: number
}

type Fit<Options, Model> = (
  given: TwoTowerInput,
  options: Options & Settled,
  seed: number,
  threads: number,
  progress: Progress,
) => Promise<Model & Judged>

export interface Training<Options, Model> {
  effort: Effort
  fit: Fit<Options, Model>
}

interface Judgeable extends Wanted {
  ordered: boolean
  ids: boolean
  pretrained: boolean
  /** A row for each item when left out. */
  rows?: Pick<TrainedRows, 'mapping'>
  rate?: number
  tableRate?: number
}

/**
 * Fits with what the options leave open settled: batch and epochs by the size of the data; the temperature, the rates and
 * when to stop by what a validation part of the data holds back of the users that teach.
 */
export async function fitSettled<Options extends Judgeable, Model>(
  input: FitInput,
  options: Options,
  content: VectorMatrix | null,
  training: Training<Options, Model>,
): Promise<{ fitted: Model & Judged; given: TwoTowerInput; found: Found }> {
  const trial = trialOf(input.dataset, options, content)
  const paces = await likelyPaces(input, options, trial, training)
  const { size, stopAfter, recall } = await bestSize(input, options, paces, trial, training)
  const given = inputOf(input.dataset, options, content)
  const settled = { ...settle(given, options, size, training.effort), stopAfter }
  const fitted = await training.fit(given, settled, input.seed, input.threads, input.progress)
  return { fitted, given, found: { ...size, recall: recall ?? fitted.recall } }
}

/** What somebody has said stays as it is. */
const dimsToTry = ({ dim }: Wanted, { dims }: Effort) => (dim === undefined ? dims : ([dim] as const))

/** Without factors there is nothing to solve with. */
function poolingsToTry({ pooling, ids, pretrained }: Judgeable, { poolings }: Effort) {
  if (pooling !== undefined) return [pooling] as const
  return ids && pretrained ? poolings : ([poolings[0]] as const)
}

function ratesToTry({ ids, pretrained, rows, rate, tableRate }: Judgeable, { rates }: Effort): Rates[] {
  const tried = new Map<string, Rates>()
  const suited = rows === undefined || rows.mapping === 'full' ? rates : SHARED_ROWS
  for (const usual of ids && pretrained ? suited : [RANDOM_ROWS]) {
    const each = { rate: rate ?? usual.rate, tableRate: tableRate ?? usual.tableRate }
    tried.set(`${each.rate} ${each.tableRate}`, each)
  }
  return [...tried.values()]
}

/** The data without a validation part, which judges. */
function trialOf(
  dataset: Dataset,
  options: Judgeable,
  content: VectorMatrix | null,
): TwoTowerInput & { judged: RecallCase[] } {
  const { train, validation } = carveValidation(dataset)
  const given = inputOf(train, options, content)
  const later = historiesOf(validation, given.histories.rows, given.histories.columns)
  const judges = Math.max(JUDGES.least, Math.floor(JUDGES.scores / given.histories.columns))
  return { ...given, judged: laterCases(given, later, judges) }
}

/**
 * For each of the rates the temperature with the best recall, best first: what suits one does not suit all of the others.
 * Short trials favour rates that get somewhere soon, so between rates they do not have the last word.
 */
async function likelyPaces<Options extends Judgeable, Model>(
  { seed, threads, progress }: FitInput,
  options: Options,
  trial: TwoTowerInput,
  { effort, fit }: Training<Options, Model>,
): Promise<[Pace, ...Pace[]]> {
  const { values, share } = effort.temperatures
  const temperatures = options.temperature === undefined ? values : [options.temperature]
  const rates = ratesToTry(options, effort)
  const only = temperatures[0]!
  if (temperatures.length * rates.length === 1) return [{ temperature: only, ...rates[0]! }]
  const trying = progress.start('Trying temperatures and rates', temperatures.length * rates.length)
  const found: { pace: Pace; recall: number }[] = []
  let tried = 0
  for (const each of rates) {
    let best = { pace: { temperature: only, ...each }, recall: -1 }
    for (const temperature of temperatures) {
      const pace = { temperature, ...each }
      const full = settle(trial, options, { ...pace, ...firstSize(options, effort) }, effort)
      const short = { ...full, learners: TRIAL.learners, epochs: Math.ceil(full.epochs * share) }
      const { recall } = await fit(trial, short, seed, threads, silentProgress)
      if (recall > best.recall) best = { pace, recall }
      trying.update(++tried)
    }
    found.push(best)
  }
  trying.end()
  const [first, ...others] = found.sort((a, b) => b.recall - a.recall).map(({ pace }) => pace)
  return [first!, ...others]
}

const firstSize = (options: Judgeable, effort: Effort) => ({
  dim: dimsToTry(options, effort)[0],
  pooling: poolingsToTry(options, effort)[0],
})

/**
 * The length of vectors with the best recall, then the pooling, then the pace, and the epoch that had it. Of paces that are
 * as good but for chance it is the slower one, which stays nearer to what the rows began as. Users who taught nothing go on
 * gaining when those who teach, whom most requests come from, have begun to lose: so the latter judge, unless nothing of
 * theirs was held back.
 */
async function bestSize<Options extends Judgeable, Model>(
  { seed, threads, progress }: FitInput,
  options: Options,
  [pace, ...otherPaces]: [Pace, ...Pace[]],
  trial: TwoTowerInput & { judged: RecallCase[] },
  { effort, fit }: Training<Options, Model>,
): Promise<{ size: Size; stopAfter?: number; recall?: number }> {
  const first = { ...pace, ...firstSize(options, effort) }
  if (trial.judged.length === 0) return { size: first }
  const judge = async (size: Size) => {
    const long = { ...settle(trial, options, size, effort), learners: TRIAL.learnersLong }
    const trying = titled(
      progress,
      `trying ${size.dim} dimensions, pooling ${size.pooling}, rate ${size.rate}`,
    )
    const { epochs, recall } = await fit(trial, long, seed, threads, trying)
    return { size, stopAfter: epochs, recall }
  }
  const others: Partial<Size>[] = [
    ...dimsToTry(options, effort)
      .slice(1)
      .map((dim) => ({ dim })),
    ...poolingsToTry(options, effort)
      .slice(1)
      .map((pooling) => ({ pooling })),
    ...otherPaces,
  ]
  let best = await judge(first)
  for (const change of others) {
    const other = await judge({ ...best.size, ...change })
    if (other.recall > best.recall + handicap(other.size, best.size)) best = other
  }
  return best
}

/** What one pace has to find more than another. */
function handicap(other: Rates, best: Rates): number {
  const isSlower = (a: Rates, b: Rates) => a.rate <= b.rate && a.tableRate <= b.tableRate
  if (isSlower(other, best)) return isSlower(best, other) ? 0 : -CHANCE
  return isSlower(best, other) ? CHANCE : 0
}

/** Says of each task that it is a trial. */
const titled = (progress: Progress, what: string): Progress => ({
  start: (task, total) => progress.start(`${task}, ${what}`, total),
})

function settle<Options extends Wanted>(
  { histories }: TwoTowerInput,
  options: Options,
  size: Size,
  { batch: { least, most }, batchesMost }: Effort,
): Options & Settled {
  let learners = 0
  for (let user = 0; user < histories.rows; user++) if (degree(histories, user) >= 2) learners++
  const batch = options.batch ?? Math.min(most, Math.max(least, Math.floor(learners / STEPS_LEAST)))
  const affordable = Math.ceil((batchesMost * batch) / Math.max(1, learners))
  return {
    ...options,
    ...size,
    batch,
    epochs: options.epochs ?? Math.min(EPOCHS_MOST, affordable),
  }
}

export const judgedNote = ({ dim, pooling, temperature, rate, tableRate, recall }: Found, epochs: number) =>
  `dim ${dim}, pooling ${pooling}, temperature ${temperature}, rate ${rate}, tableRate ${tableRate}, ${epochs} epochs; recall@100 of what was held back ${recall.toFixed(3)}`
