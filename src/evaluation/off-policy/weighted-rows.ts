/** @file A log that the product wrote: one row per decision, with the new policy's probability beside the logged one. */

import { numberColumn, readTable } from '../../data/table.ts'
import type { ModelledLog, WeightedLog } from './policy-log.ts'

const REQUIRED = ['reward', 'propensity', 'target'] as const
/** Columns of a reward model; both or neither. */
const MODEL = ['predicted', 'expected'] as const

const propensity = {
  test: (value: number) => value > 0 && value <= 1,
  words: 'a probability above 0 and up to 1: the logging policy was able to show it',
}
const probability = { test: (value: number) => value >= 0 && value <= 1, words: 'a probability from 0 to 1' }

/**
 * Columns: `reward`; `propensity` of what was shown; `target`, the probability with which the policy under evaluation
 * shows the same; and where a reward model is at hand, `predicted` (its reward for what was shown) and `expected` (its mean
 * reward under the policy under evaluation).
 *
 * @throws InvalidFileError, InvalidRowError
 */
export async function readWeightedRows(path: string): Promise<WeightedLog | ModelledLog> {
  const table = await readTable(path, REQUIRED)
  const rewards = numberColumn(table, 'reward')
  const propensities = numberColumn(table, 'propensity', propensity)
  const targets = numberColumn(table, 'target', probability)
  const weights = targets.map((target, row) => target / propensities[row]!)
  if (!MODEL.some((column) => table.columns.includes(column))) return { rewards, weights }
  const [predicted, expected] = MODEL.map((column) => numberColumn(table, column)) as [
    Float64Array,
    Float64Array,
  ]
  return { rewards, weights, predicted, expected }
}
