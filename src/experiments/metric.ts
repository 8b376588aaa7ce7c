/** @file What is compared between arms: a total per unit, or a ratio of two totals, each unit as one number. */

import { InvalidOptionError } from '../base/errors.ts'
import { BEFORE, totalsOf, type UnitTable } from './unit-table.ts'

/** A mean of totals over units, or with a denominator, Σ numerator ÷ Σ denominator over units. */
export interface Metric {
  name: string
  numerator: string
  denominator: string | null
}

/**
 * `clicks`, `ctr=clicks/impressions`, `revenue=value`.
 *
 * @throws InvalidOptionError when the text is none of these
 */
export function parseMetric(text: string): Metric {
  const match = /^(?:([\w -]+)=)?([\w-]+)(?:\/([\w-]+))?$/.exec(text)
  if (!match) throw new InvalidOptionError('metric', text, 'COLUMN or NAME=COLUMN or NAME=COLUMN/COLUMN')
  const [, name, numerator, denominator] = match as unknown as [string, string?, string?, string?]
  return {
    name: name ?? (denominator ? `${numerator}/${denominator}` : numerator!),
    numerator: numerator!,
    denominator: denominator ?? null,
  }
}

/**
 * One number a unit whose mean over the units given is the metric, and whose variance ÷ n is the metric's: the total
 * itself, or for ratios R + (numerator − R·denominator) ÷ mean denominator, which is the delta method (Deng et al. 2018).
 *
 * @param units rows of the table
 * @throws InvalidOptionError when the denominator sums to 0
 */
export function unitValues(
  table: UnitTable,
  { numerator, denominator }: Pick<Metric, 'numerator' | 'denominator'>,
  units: Uint32Array,
): Float64Array {
  const top = totalsOf(table, numerator)
  const values = Float64Array.from(units, (unit) => top[unit]!)
  if (denominator === null) return values
  const bottom = totalsOf(table, denominator)
  const below = units.reduce((sum, unit) => sum + bottom[unit]!, 0)
  if (!(below > 0)) throw new InvalidOptionError('metric', denominator, 'a total above 0 in every arm')
  const ratio = values.reduce((sum, value) => sum + value, 0) / below
  const scale = units.length / below
  return values.map((value, k) => ratio + (value - ratio * bottom[units[k]!]!) * scale)
}

/** The same metric in the time before units were exposed; null when the table lacks its columns. */
export function metricBefore(table: UnitTable, { name, numerator, denominator }: Metric): Metric | null {
  const before = {
    name: `${BEFORE}${name}`,
    numerator: BEFORE + numerator,
    denominator: denominator && BEFORE + denominator,
  }
  const known = [before.numerator, before.denominator].every(
    (column) => column === null || table.totals.has(column),
  )
  return known ? before : null
}
