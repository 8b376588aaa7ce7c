/** @file Records of a store as rows in the order of `FIELDS`: lists and objects as JSON texts. */

import { FIELDS, type RecordKind } from '../import/mapping.ts'
import type { Store } from '../store.ts'

export type ExportedValue = string | number | null

/** Fields that are numbers in a row; all others are texts. */
export const EXPORTED_NUMBERS: readonly string[] = ['time', 'createdAt', 'value']

/** @param report told how many rows have been read */
export function* rowsOf(
  store: Store,
  kind: RecordKind,
  report: (rows: number) => void,
): Generator<readonly ExportedValue[]> {
  const fields = FIELDS[kind]
  let done = 0
  for (const records of recordsOf(store, kind)) {
    for (const record of records) yield fields.map((field) => exported(record[field]))
    done += records.length
    report(done)
  }
}

function* recordsOf(store: Store, kind: RecordKind): Generator<Record<string, unknown>[]> {
  const asRows = (records: readonly object[]) => records as Record<string, unknown>[]
  if (kind === 'items') for (const items of store.items()) yield asRows(items)
  if (kind === 'users') for (const users of store.users()) yield asRows(users)
  if (kind === 'collections') for (const collections of store.collections()) yield asRows(collections)
  if (kind === 'events') for (const { events } of store.events()) yield asRows(events)
}

function exported(value: unknown): ExportedValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}
