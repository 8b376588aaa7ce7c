/**
 * @file Filters over a table's attribute columns, compiled to a short program for a stack of bit masks that every kernel
 * runs on a block of 64 rows, inside the scan.
 *
 * A step is 32 bytes: operation, place of the column in the block, two words that are zero, then two float64 bounds.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { PROGRAM_STEPS_MOST, STEP_BYTES } from './scratch.ts'
import type { TableLayout } from './table-layout.ts'

export type Filter =
  /** Rows that have one of the values of a category. */
  | { attribute: string; anyOf: readonly string[] }
  /** Rows whose number or time is known and from ≤ it ≤ to. */
  | { attribute: string; from?: number; to?: number }
  | { all: readonly Filter[] }
  | { any: readonly Filter[] }
  | { not: Filter }

/** What a step does to the stack. */
export const Operation = {
  /** Pushes the 64 bits at a place. */
  flags: 1,
  /** Pushes bit r for every row r with low ≤ number ≤ high; NaN is in no range. */
  range: 2,
  and: 3,
  or: 4,
  not: 5,
  /** Pushes no row, or all of them. */
  none: 6,
  every: 7,
} as const

export const STACK_MOST = 32

/** Over shared memory; runs from the first step, and leaves one mask on the stack. */
export interface FilterProgram {
  steps: number
  /** steps × STEP_BYTES. */
  bytes: Uint8Array
}

/** @throws InvalidOptionError when a column or value is not the table's, or the filter is too deep or too long */
export function compileFilter(layout: TableLayout, filter: Filter): FilterProgram {
  const steps: { operation: number; at: number; low: number; high: number }[] = []
  let depth = 0
  const step = (operation: number, change: number, at = 0, low = 0, high = 0) => {
    steps.push({ operation, at, low, high })
    depth += change
    if (depth > STACK_MOST || steps.length > PROGRAM_STEPS_MOST)
      throw new InvalidOptionError('filter', 'this filter', `at most ${PROGRAM_STEPS_MOST} steps`)
  }
  const combine = (parts: readonly Filter[], operation: number, empty: number) => {
    if (parts.length === 0) step(empty, 1)
    parts.forEach((part, n) => {
      write(part)
      if (n > 0) step(operation, -1)
    })
  }
  const write = (part: Filter): void => {
    if ('all' in part) return combine(part.all, Operation.and, Operation.every)
    if ('any' in part) return combine(part.any, Operation.or, Operation.none)
    if ('not' in part) {
      write(part.not)
      return step(Operation.not, 0)
    }
    const place = layout.attributes.get(part.attribute)
    if (!place)
      throw new InvalidOptionError('filter', part.attribute, [...layout.attributes.keys()].join(', '))
    const { column, at } = place
    if ('anyOf' in part) {
      if (column.kind !== 'category')
        throw new InvalidOptionError('filter', part.attribute, `a range, it is a ${column.kind}`)
      if (part.anyOf.length === 0) step(Operation.none, 1)
      part.anyOf.forEach((value, n) => {
        const index = column.values.indexOf(value)
        if (index < 0) throw new InvalidOptionError('filter', value, `a value of ${part.attribute}`)
        step(Operation.flags, 1, at + 8 * index)
        if (n > 0) step(Operation.or, -1)
      })
      return
    }
    if (column.kind === 'category')
      throw new InvalidOptionError('filter', part.attribute, 'values, it is a category')
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = part
    if (Number.isNaN(from) || Number.isNaN(to)) throw new InvalidOptionError('filter', from, 'a range')
    step(Operation.range, 1, at, from, to)
  }
  write(filter)

  const bytes = new Uint8Array(new SharedArrayBuffer(steps.length * STEP_BYTES))
  const view = new DataView(bytes.buffer)
  steps.forEach(({ operation, at, low, high }, n) => {
    view.setUint32(n * STEP_BYTES, operation, true)
    view.setUint32(n * STEP_BYTES + 4, at, true)
    view.setFloat64(n * STEP_BYTES + 16, low, true)
    view.setFloat64(n * STEP_BYTES + 24, high, true)
  })
  return { steps: steps.length, bytes }
}
