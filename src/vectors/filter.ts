/**
 * @file Filters over a table's attribute columns, compiled to a short program for a stack of bit masks that every kernel
 * runs on a block of 64 rows, inside the scan.
 *
 * A step is 32 bytes: operation, place of the column in the block, two words that are zero, then two float64 bounds.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { PROGRAM_STEPS_MOST, STACK_MOST, STEP_BYTES } from './scratch.ts'
import type { AttributePlace, TableLayout } from './table-layout.ts'

/** Rows that have one of the values of a category. */
export interface CategoryFilter {
  attribute: string
  anyOf: readonly string[]
}

/** Rows whose number or time is known, and from ≤ it ≤ to. */
export interface RangeFilter {
  attribute: string
  from?: number
  to?: number
}

export type Filter =
  | CategoryFilter
  | RangeFilter
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

/** Over shared memory; runs from the first step, and leaves one mask on the stack. */
export interface FilterProgram {
  steps: number
  /** steps × STEP_BYTES. */
  bytes: Uint8Array
}

/** @throws InvalidOptionError when a column or value is not the table's, or the filter is too deep or too long */
export function compileFilter(layout: TableLayout, filter: Filter): FilterProgram {
  const program = new ProgramWriter()
  writeFilter(program, layout, filter)
  return program.finish()
}

class ProgramWriter {
  readonly #steps: { operation: number; at: number; low: number; high: number }[] = []
  #depth = 0

  /** @param change of the stack's depth */
  step(operation: number, change: number, at = 0, low = 0, high = 0): void {
    this.#steps.push({ operation, at, low, high })
    this.#depth += change
    if (this.#depth > STACK_MOST || this.#steps.length > PROGRAM_STEPS_MOST)
      throw new InvalidOptionError('filter', this.#steps.length, `at most ${PROGRAM_STEPS_MOST} steps`)
  }

  finish(): FilterProgram {
    const bytes = new Uint8Array(new SharedArrayBuffer(this.#steps.length * STEP_BYTES))
    const view = new DataView(bytes.buffer)
    this.#steps.forEach(({ operation, at, low, high }, n) => {
      view.setUint32(n * STEP_BYTES, operation, true)
      view.setUint32(n * STEP_BYTES + 4, at, true)
      view.setFloat64(n * STEP_BYTES + 16, low, true)
      view.setFloat64(n * STEP_BYTES + 24, high, true)
    })
    return { steps: this.#steps.length, bytes }
  }
}

function writeFilter(program: ProgramWriter, layout: TableLayout, filter: Filter): void {
  if ('all' in filter || 'any' in filter) {
    const [parts, operation, empty] =
      'all' in filter
        ? [filter.all, Operation.and, Operation.every]
        : [filter.any, Operation.or, Operation.none]
    if (parts.length === 0) program.step(empty, 1)
    parts.forEach((part, n) => {
      writeFilter(program, layout, part)
      if (n > 0) program.step(operation, -1)
    })
  } else if ('not' in filter) {
    writeFilter(program, layout, filter.not)
    program.step(Operation.not, 0)
  } else {
    const place = layout.attributes.get(filter.attribute)
    if (!place)
      throw new InvalidOptionError('filter', filter.attribute, `one of ${[...layout.attributes.keys()]}`)
    if ('anyOf' in filter) writeCategory(program, place, filter)
    else writeRange(program, place, filter)
  }
}

function writeCategory(program: ProgramWriter, { column, at }: AttributePlace, filter: CategoryFilter): void {
  if (column.kind !== 'category')
    throw new InvalidOptionError('filter', filter.attribute, `a range: it is a ${column.kind}`)
  if (filter.anyOf.length === 0) program.step(Operation.none, 1)
  filter.anyOf.forEach((value, n) => {
    const index = column.values.indexOf(value)
    if (index < 0) throw new InvalidOptionError('filter', value, `a value of ${filter.attribute}`)
    program.step(Operation.flags, 1, at + 8 * index)
    if (n > 0) program.step(Operation.or, -1)
  })
}

function writeRange(program: ProgramWriter, { column, at }: AttributePlace, filter: RangeFilter): void {
  if (column.kind === 'category')
    throw new InvalidOptionError('filter', filter.attribute, 'anyOf: it is a category')
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter
  if (Number.isNaN(from)) throw new InvalidOptionError('filter', from, 'a number as from')
  if (Number.isNaN(to)) throw new InvalidOptionError('filter', to, 'a number as to')
  program.step(Operation.range, 1, at, from, to)
}
