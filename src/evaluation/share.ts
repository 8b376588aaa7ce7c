/** @file Moves whole records of typed arrays to shared memory before they are handed to workers. */

import { type NumericArray, toShared } from '../base/shared.ts'

/** The same record with every typed array over shared memory; what is shared already is not copied. */
export function shareArrays<T>(record: T): T {
  if (ArrayBuffer.isView(record)) return toShared(record as unknown as NumericArray) as unknown as T
  if (record === null || typeof record !== 'object') return record
  if (Array.isArray(record)) return record.map(shareArrays) as unknown as T
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, shareArrays(value)])) as T
}
