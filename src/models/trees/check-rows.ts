/** @file Checks rows before a fit: shapes, labels and weights. */

import { InvalidOptionError } from '../../base/errors.ts'
import type { LabelledRows } from '../../data/features/feature-rows.ts'
import type { Objective } from './objectives/objective.ts'
import type { TreeOptions } from './tree-options.ts'

/** @throws InvalidOptionError that names the table and the first row at fault */
export function checkRows(
  train: LabelledRows,
  valid: LabelledRows | null,
  options: TreeOptions,
  objective: Objective,
): void {
  if (train.rows === 0) throw new InvalidOptionError('train.rows', 0, 'at least one row')
  if (train.names.length === 0) throw new InvalidOptionError('train.names', [], 'at least one feature')
  checkTable('train', train, objective)
  if (valid) {
    checkTable('valid', valid, objective)
    if (valid.names.join('\n') !== train.names.join('\n')) {
      throw new InvalidOptionError('valid.names', valid.names, 'the features of the training rows')
    }
    if ((valid.baseScores === undefined) !== (train.baseScores === undefined)) {
      throw new InvalidOptionError(
        'valid.baseScores',
        null,
        'scores to start from in both tables or in neither',
      )
    }
  } else if (options.earlyStoppingRound > 0) {
    throw new InvalidOptionError('valid', null, 'validation rows, for early stopping')
  }
  const constrained = Object.keys(options.monotoneConstraints)
  for (const name of [...options.categoricalFeature, ...constrained]) {
    if (!train.names.includes(name)) throw new InvalidOptionError('feature', name, 'a feature of the rows')
  }
  for (const name of constrained) {
    if (options.categoricalFeature.includes(name) && options.monotoneConstraints[name] !== 0) {
      throw new InvalidOptionError('monotoneConstraints', name, 'a numeric feature')
    }
  }
}

function checkTable(table: string, given: LabelledRows, objective: Objective): void {
  const { names, values, rows, offsets, labels, weights, baseScores } = given
  if (values.length !== rows * names.length || labels.length !== rows) {
    throw new InvalidOptionError(`${table}.values`, values.length, `${rows} × ${names.length} values`)
  }
  if (offsets[0] !== 0 || offsets[offsets.length - 1] !== rows) {
    throw new InvalidOptionError(`${table}.offsets`, offsets.length, `requests that cover ${rows} rows`)
  }
  if (baseScores && !(baseScores.length === rows && baseScores.every(Number.isFinite))) {
    throw new InvalidOptionError(`${table}.baseScores`, baseScores.length, `${rows} finite scores`)
  }
  for (let row = 0; row < rows; row++) {
    const fault = Number.isFinite(labels[row]) ? objective.labelFault(labels[row]) : 'a finite number'
    if (fault) throw new InvalidOptionError(`${table}.labels[${row}]`, labels[row], fault)
    if (weights && !(weights[row] >= 0 && weights[row] < Number.POSITIVE_INFINITY)) {
      throw new InvalidOptionError(`${table}.weights[${row}]`, weights[row], 'a finite number ≥ 0')
    }
  }
}
