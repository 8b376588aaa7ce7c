/** @file Validation periods inside the training data: what comes before is fitted on, what comes in them is asked for. */

import type { Dataset, Interactions } from '../data/dataset.ts'
import { carveValidation, splitDataset } from '../data/split.ts'

export interface ValidationPeriod {
  train: Dataset
  validation: Interactions
}

/** Where the validation periods of a temporal split begin, as quantiles of the training times; all end with it. */
const CUTS = [0.8, 0.7, 0.6, 0.5]

/**
 * The latest period first. Only data with times has more than one.
 *
 * @param train training interactions only; nothing else is looked at
 */
export function* validationPeriods(
  train: Dataset,
  periods: number = CUTS.length,
): Generator<ValidationPeriod> {
  if (train.split.kind !== 'temporal') {
    yield carveValidation(train)
    return
  }
  for (const fraction of CUTS.slice(0, periods)) {
    const { train: before, test } = splitDataset({ ...train, split: { kind: 'temporal', fraction } })
    yield { train: before, validation: test }
  }
}
