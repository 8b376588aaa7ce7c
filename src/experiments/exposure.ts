/** @file Exposures: the log of who was shown which arm, and the totals of each unit from the first of them on. */

import { InvalidFileError, InvalidRowError } from '../base/errors.ts'
import { numberColumn, readTable } from '../data/table.ts'
import { EVENT_KINDS, type EventRecord } from '../store/records.ts'
import type { AnsweredRequest } from '../store/request-log.ts'
import type { Experiment } from './declaration.ts'
import { BEFORE, type UnitTable } from './unit-table.ts'

/** A unit was shown an arm: logged when the arm made a difference, not when it was dealt. */
export interface Exposure {
  /** Milliseconds since 1970. */
  time: number
  unit: string
  experiment: string
  arm: string
}

/** Of the units of one experiment. */
export interface FirstExposures {
  /** The first of each unit. */
  units: ReadonlyMap<string, Exposure>
  /** Units that were shown more than one arm; they are left out of `units`, since no arm can answer for them. */
  crossed: number
}

/**
 * Reads `time, unit, experiment, arm`, CSV or JSON lines; other experiments' rows are passed over.
 *
 * @throws InvalidFileError, InvalidRowError for an unknown arm or a time that is no number
 */
export async function readExposures(path: string, { name, arms }: Experiment): Promise<Exposure[]> {
  const table = await readTable(path, ['time', 'unit', 'experiment', 'arm'])
  const times = numberColumn(table, 'time')
  const exposures = table.rows.flatMap(({ unit, experiment, arm }, row): Exposure[] => {
    if (experiment !== name) return []
    if (arms.some((known) => known.name === arm)) return [{ time: times[row]!, unit, experiment, arm }]
    const expected = `one of ${arms.map((known) => known.name).join(', ')}`
    throw new InvalidRowError({ file: path, line: table.lineOf(row), field: 'arm', value: arm, expected })
  })
  if (exposures.length === 0) throw new InvalidFileError(path, `has no exposure of experiment ${name}`)
  return exposures
}

/** The exposures that the server logged with its requests; a request without a user belongs to nobody. */
export function* loggedExposures(
  batches: Iterable<{ requests: readonly AnsweredRequest[] }>,
  { name, arms }: Experiment,
): Iterable<Exposure> {
  const known = new Set(arms.map((arm) => arm.name))
  for (const { requests } of batches) {
    for (const { request } of requests) {
      const arm = request.arms[name]
      if (request.user === null || arm === undefined || !known.has(arm)) continue
      yield { time: request.time, unit: request.user, experiment: name, arm }
    }
  }
}

/** @param exposures of one experiment, in any order */
export function firstExposures(exposures: Iterable<Exposure>): FirstExposures {
  const units = new Map<string, Exposure>()
  const crossed = new Set<string>()
  for (const exposure of exposures) {
    const first = units.get(exposure.unit)
    if (first && first.arm !== exposure.arm) crossed.add(exposure.unit)
    if (!first || exposure.time < first.time) units.set(exposure.unit, exposure)
  }
  for (const unit of crossed) units.delete(unit)
  return { units, crossed: crossed.size }
}

/**
 * Counts events of each kind and sums their values, per unit: from its first exposure on, and in as long a time before it.
 * Columns are the kinds' names, `value`, and the same with `before_`.
 *
 * @param batches of events by users, who are the units; those of others are passed over
 * @param windowMs how long a unit is watched after its first exposure
 * @param preMs how long before it
 */
export function totalUnits(
  { arms }: Experiment,
  { units }: FirstExposures,
  batches: Iterable<{ events: readonly EventRecord[] }>,
  windowMs: number,
  preMs: number,
): UnitTable {
  const rows = new Map([...units.keys()].map((unit, row) => [unit, row]))
  const names = [...EVENT_KINDS, 'value']
  const totals = new Map(
    [...names, ...names.map((name) => BEFORE + name)].map((name) => [name, new Float64Array(units.size)]),
  )
  for (const { events } of batches) {
    for (const { user, time, kind, value } of events) {
      const row = rows.get(user)
      if (row === undefined || time === null) continue
      const since = time - units.get(user)!.time
      if (since >= windowMs || since < -preMs) continue
      const prefix = since < 0 ? BEFORE : ''
      totals.get(prefix + kind)![row]!++
      totals.get(`${prefix}value`)![row]! += value ?? 0
    }
  }
  const arm = Uint32Array.from(units.values(), (first) => arms.findIndex(({ name }) => name === first.arm))
  return { arm, totals }
}
