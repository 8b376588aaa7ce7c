/** @file The SQL that turns a file's columns into typed fields; texts stay texts, times and numbers are cast by DuckDB. */

import { EVENT_KINDS } from '../records.ts'
import { FIELDS, type Mapping, type RecordKind, type ResolvedMapping, type TimeFormat } from './mapping.ts'
import { literal } from './parse-block.ts'

/** Where a field's values stand among the selected columns. */
export interface SelectedFields {
  select: string
  /** Field to output column; fields that the file does not have are left out. */
  at: Record<string, number>
  /** Field to the column with its text as it stands in the file, for messages. */
  rawAt: Record<string, number>
  /** Attribute to output column. */
  attributeAt: Record<string, number>
}

/** Fields that are selected as doubles: milliseconds since 1970, or numbers. Kinds of events become their number. */
const TIMES = ['time', 'createdAt']
const NUMBERS = ['value']

/** Numbers from here on are milliseconds (1973 in milliseconds, the year 5138 in seconds). */
const FIRST_MILLISECONDS = 1e11

/**
 * @param column SQL for the text of the column at a position
 * @param extra columns that come first
 */
export function selectFields(
  kind: RecordKind,
  resolved: ResolvedMapping,
  column: (position: number) => string,
  extra: readonly string[] = [],
): SelectedFields {
  const { mapping, columnOf, attributeOf } = resolved
  const selected: string[] = [...extra]
  const fields: SelectedFields = { select: '', at: {}, rawAt: {}, attributeAt: {} }
  const add = (expression: string) => selected.push(expression) - 1
  const textOf = (field: string): string | null => {
    const constant = mapping.constants[field]
    if (constant !== undefined) return literal(constant)
    const position = columnOf[field]
    return position === undefined ? null : `nullif(${column(position)}, '')`
  }
  for (const field of FIELDS[kind]) {
    const text = textOf(field)
    if (text === null) continue
    const cast = castOf(field, text, mapping)
    fields.at[field] = add(cast ?? text)
    if (cast !== null) fields.rawAt[field] = add(text)
  }
  if (kind === 'events' && mapping.deriveIds && fields.at.id === undefined) {
    const parts = ['user', 'item', 'kind', 'time', 'value', 'session'].map(textOf)
    // A separator that no UTF-8 file without control characters holds keeps ("ab", "c") from ("a", "bc").
    const content = parts.map((part) => `coalesce(${part ?? 'null'}, '')`).join(' || chr(31) || ')
    fields.at.id = add(`md5(${content})`)
  }
  for (const [name, position] of Object.entries(attributeOf)) fields.attributeAt[name] = add(column(position))
  if (selected.length === 0) add('1')
  fields.select = selected.join(', ')
  return fields
}

/** @returns null for fields that stay texts */
function castOf(field: string, text: string, mapping: Mapping): string | null {
  if (TIMES.includes(field)) return milliseconds(text, mapping.timeFormat)
  if (NUMBERS.includes(field)) return `try_cast(${text} as double)`
  if (field !== 'kind') return null
  const words = [...EVENT_KINDS.map((kind) => [kind, kind] as const), ...Object.entries(mapping.kinds)]
  const cases = words.map(([word, kind]) => `when ${literal(word)} then ${EVENT_KINDS.indexOf(kind)}`)
  return `case ${text} ${cases.join(' ')} end`
}

/** Milliseconds since 1970 as a double, null where the text is no time; without an offset, times are UTC. */
function milliseconds(text: string, format: TimeFormat): string {
  const number = `try_cast(${text} as double)`
  // The session's zone is UTC; a plain timestamp would leave offsets out of account.
  const stamp = `try_cast(${text} as timestamptz)`
  const iso = `case when isfinite(${stamp}) then epoch_ms(${stamp})::double end`
  if (format === 'iso') return iso
  if (format === 'milliseconds') return `round(${number})`
  if (format === 'seconds') return `round(${number} * 1000)`
  return `case when ${number} is null then ${iso} when abs(${number}) < ${FIRST_MILLISECONDS} then round(${number} * 1000) else round(${number}) end`
}
