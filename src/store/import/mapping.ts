/** @file Which column of a file becomes which field: declared, checked against the file's header, nothing guessed. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { InvalidFileError, InvalidOptionError } from '../../base/errors.ts'
import { EVENT_KINDS } from '../records.ts'

/** What a file holds: one record of this kind in every row. */
export const RECORD_KINDS = ['items', 'users', 'collections', 'events'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** Fields in the order in which exports write them; `required` ones need a column or a constant. */
export const FIELDS = {
  items: ['id', 'title', 'text', 'tags', 'image', 'createdAt', 'hidden', 'attributes'],
  users: ['id', 'attributes'],
  collections: ['id', 'title', 'owner', 'items'],
  events: ['id', 'time', 'user', 'item', 'kind', 'value', 'session', 'context'],
} as const satisfies Record<RecordKind, readonly string[]>

const REQUIRED: Record<RecordKind, readonly string[]> = {
  items: ['id'],
  users: ['id'],
  collections: ['id', 'items'],
  events: ['user', 'item', 'kind'],
}

export const TIME_FORMATS = ['auto', 'iso', 'seconds', 'milliseconds'] as const
export type TimeFormat = (typeof TIME_FORMATS)[number]

const mappingSchema = z.strictObject({
  /** Field to column. Fields that are not named here take the column of their own name, where there is one. */
  columns: z.record(z.string(), z.string().min(1)).default({}),
  /** Field to the value of every row, in place of a column. */
  constants: z.record(z.string(), z.string()).default({}),
  /** Words of the file to kinds of event: `{ "transaction": "purchase" }`. */
  kinds: z.record(z.string(), z.enum(EVENT_KINDS)).default({}),
  /** `auto`: numbers below 10¹¹ are seconds since 1970, larger ones milliseconds, everything else ISO 8601. */
  timeFormat: z.enum(TIME_FORMATS).default('auto'),
  /** Between the tags of an item and the items of a collection, where the cell is no JSON list. */
  separator: z.string().min(1).max(10).default('|'),
  /** Columns that become attributes of their own name; `["*"]`: all that no field takes. */
  attributes: z.array(z.string().min(1)).default([]),
  /** CSV only; null: a tab in .tsv files, else a comma. */
  delimiter: z.string().length(1).nullable().default(null),
  /** Gives events without an id one from their content, so that overlapping files count once. */
  deriveIds: z.boolean().default(false),
})

/** How the rows of a file are read. */
export type Mapping = z.infer<typeof mappingSchema>
export type MappingInput = z.input<typeof mappingSchema>

/**
 * @param given a whole mapping or a part of one
 * @throws InvalidOptionError naming the field at fault
 */
export function checkMapping(kind: RecordKind, given: unknown): Mapping {
  const parsed = mappingSchema.safeParse(given)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new InvalidOptionError([kind, ...path].join('.'), given, message)
  }
  const fields: readonly string[] = FIELDS[kind]
  for (const field of [...Object.keys(parsed.data.columns), ...Object.keys(parsed.data.constants)]) {
    if (!fields.includes(field))
      throw new InvalidOptionError(`${kind}.${field}`, field, `a field of ${kind}: ${fields.join(', ')}`)
  }
  const { delimiter } = parsed.data
  if (delimiter !== null && (/["\r\n]/.test(delimiter) || delimiter.charCodeAt(0) > 127))
    throw new InvalidOptionError('delimiter', delimiter, 'one ASCII character that is no quote or line break')
  const constant = parsed.data.constants.kind
  if (kind === 'events' && constant !== undefined && !(EVENT_KINDS as readonly string[]).includes(constant))
    throw new InvalidOptionError('events.kind', constant, `one of ${EVENT_KINDS.join(', ')}`)
  return parsed.data
}

/** A short digest: another mapping of the same file is another import. */
export function mappingDigest(mapping: Mapping): string {
  return createHash('sha256').update(JSON.stringify(mapping)).digest('hex').slice(0, 12)
}

/** Where each field of a kind comes from, in a file with the columns at hand. */
export interface ResolvedMapping {
  mapping: Mapping
  /** Field to position of its column. */
  columnOf: Record<string, number>
  /** Attribute to position of its column. */
  attributeOf: Record<string, number>
}

/**
 * @param header names of the file's columns, in order
 * @throws InvalidFileError when a column is missing or there twice
 */
export function resolveMapping(
  file: string,
  kind: RecordKind,
  mapping: Mapping,
  header: readonly string[],
): ResolvedMapping {
  const position = (column: string, field: string): number => {
    const found = header.indexOf(column)
    if (found === -1) throw missing(file, kind, column, field, header)
    if (header.lastIndexOf(column) !== found)
      throw new InvalidFileError(file, `has two columns "${column}"`, { field })
    return found
  }
  const columnOf: Record<string, number> = {}
  for (const field of FIELDS[kind]) {
    const named = mapping.columns[field]
    if (named !== undefined) columnOf[field] = position(named, field)
    else if (field in mapping.constants) continue
    else if (header.includes(field)) columnOf[field] = position(field, field)
    else if (REQUIRED[kind].includes(field)) throw missing(file, kind, field, field, header)
  }
  const taken = new Set(Object.values(columnOf))
  const names = mapping.attributes.includes('*')
    ? header.filter((name, at) => name !== '' && !taken.has(at))
    : mapping.attributes
  const attributeOf = Object.fromEntries(names.map((name) => [name, position(name, 'attributes')]))
  return { mapping, columnOf, attributeOf }
}

function missing(
  file: string,
  kind: RecordKind,
  column: string,
  field: string,
  header: readonly string[],
): InvalidFileError {
  const other = header.length === 1 && [';', '\t', '|', ','].find((mark) => header[0]!.includes(mark))
  const map = `map a column with --map ${kind}.${field}=COLUMN`
  const hint = other ? `is it separated by ${JSON.stringify(other)}? give --delimiter` : map
  const shown = header.slice(0, 30).join(', ').slice(0, 500)
  return new InvalidFileError(file, `has no column "${column}"; it has ${shown}`, { field, hint })
}
