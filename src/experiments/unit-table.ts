/** @file What came of every unit of an experiment: its arm and its totals, as columns. */

import { InvalidFileError, InvalidRowError, NotFoundError } from '../base/errors.ts'
import { numberColumn, readTable } from '../data/table.ts'
import type { Experiment } from './declaration.ts'

/** One row per unit that was exposed. */
export interface UnitTable {
  /** Position in the experiment's arms, per unit. */
  readonly arm: Uint32Array
  /** Totals of each unit by name; those from before it was first exposed are called `before_NAME`. */
  readonly totals: ReadonlyMap<string, Float64Array>
}

/** What the name of a pre-period column begins with. */
export const BEFORE = 'before_'

const KEYS = ['unit', 'arm']

/**
 * Reads `unit, arm` and columns of totals, CSV or JSON lines. Empty totals count as 0: nothing was logged.
 *
 * @throws InvalidFileError, InvalidRowError for an unknown arm, a unit that stands there twice, or text for a number
 */
export async function readUnitTable(path: string, experiment: Experiment): Promise<UnitTable> {
  const table = await readTable(path, KEYS)
  const names = experiment.arms.map(({ name }) => name)
  const units = new Set<string>()
  const arm = new Uint32Array(table.rows.length)
  for (const [row, { unit, arm: name }] of table.rows.entries()) {
    const fault = (field: string, value: string, expected: string) =>
      new InvalidRowError({ file: path, line: table.lineOf(row), field, value, expected })
    if (unit === '') throw fault('unit', unit, 'the id of a unit')
    if (units.has(unit)) throw fault('unit', unit, 'every unit once, with its totals')
    units.add(unit)
    arm[row] = names.indexOf(name)
    if (!names.includes(name)) throw fault('arm', name, `one of ${names.join(', ')}`)
  }
  const totals = table.columns.filter((column) => !KEYS.includes(column))
  if (totals.length === 0) throw new InvalidFileError(path, 'has no column of totals beside unit and arm')
  return { arm, totals: new Map(totals.map((name) => [name, numberColumn(table, name, undefined, 0)])) }
}

/** @throws NotFoundError naming the columns that there are */
export function totalsOf(table: UnitTable, name: string): Float64Array {
  const found = table.totals.get(name)
  if (found) return found
  throw new NotFoundError('column', name, { hint: `there are ${[...table.totals.keys()].join(', ')}` })
}
