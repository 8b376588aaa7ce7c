/** @file How long two towers are trained, and at which temperature. */

import { degree } from '../base/csr.ts'
import { type Progress, silentProgress } from '../base/progress.ts'
import { historiesOf } from '../data/histories.ts'
import { carveValidation } from '../data/split.ts'
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
}

const EPOCHS_MOST = 30
const STEPS_LEAST = 40
/** Of a trial: users that teach at most, and users that judge. */
const TRIAL = { learners: 20_000, judges: 1000 }

interface Wanted {
  batch?: number
  epochs?: number
  temperature?: number
}

interface Settled {
  batch: number
  epochs: number
  temperature: number
  learners?: number
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
  recall(model: Model, cases: readonly RecallCase[]): number | Promise<number>
}

/** Fits with what the options leave open settled: batch and epochs by the size of the data, the temperature by validation. */
export async function fitSettled<Options extends Wanted & { ordered: boolean; ids: boolean }, Model>(
  input: FitInput,
  options: Options,
  content: VectorMatrix | null,
  training: Training<Options, Model>,
): Promise<{ fitted: Model & Judged; given: TwoTowerInput; temperature: number }> {
  const temperature = options.temperature ?? (await bestTemperature(input, options, content, training))
  const given = inputOf(input.dataset, options, content)
  const settled = settle(given, options, temperature, training.effort)
  const fitted = await training.fit(given, settled, input.seed, input.threads, input.progress)
  return { fitted, given, temperature }
}

/** The temperature with the best recall of what a validation part of the data holds back. */
async function bestTemperature<Options extends Wanted & { ordered: boolean; ids: boolean }, Model>(
  { dataset, seed, threads, progress }: FitInput,
  options: Options,
  content: VectorMatrix | null,
  { effort, fit, recall }: Training<Options, Model>,
): Promise<number> {
  const { values, share } = effort.temperatures
  const { train, validation } = carveValidation(dataset)
  const given = inputOf(train, options, content)
  const later = historiesOf(validation, given.histories.rows, given.histories.columns)
  const cases = laterCases(given, later, TRIAL.judges)
  const trying = progress.start('Trying temperatures', values.length)
  let best = { temperature: values[0]!, recall: -1 }
  for (const [k, temperature] of values.entries()) {
    const full = settle(given, options, temperature, effort)
    const trial = { ...full, learners: TRIAL.learners, epochs: Math.ceil(full.epochs * share) }
    const found = await recall(await fit(given, trial, seed, threads, silentProgress), cases)
    if (found > best.recall) best = { temperature, recall: found }
    trying.update(k + 1)
  }
  trying.end()
  return best.temperature
}

function settle<Options extends Wanted>(
  { histories }: TwoTowerInput,
  options: Options,
  temperature: number,
  { batch: { least, most }, batchesMost }: Effort,
): Options & Settled {
  let learners = 0
  for (let user = 0; user < histories.rows; user++) if (degree(histories, user) >= 2) learners++
  const batch = options.batch ?? Math.min(most, Math.max(least, Math.floor(learners / STEPS_LEAST)))
  const affordable = Math.ceil((batchesMost * batch) / Math.max(1, learners))
  return { ...options, temperature, batch, epochs: options.epochs ?? Math.min(EPOCHS_MOST, affordable) }
}

export const judgedNote = (temperature: number, { epochs, recall }: Judged) =>
  `temperature ${temperature}, ${epochs} epochs; recall@100 of users who taught nothing ${recall.toFixed(3)}`
