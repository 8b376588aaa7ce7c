/** @file Attribute values of rows, checked and written into the columns of their blocks. */

import { InvalidOptionError } from '../base/errors.ts'
import type { AttributePlace, TableLayout } from './table-layout.ts'
import type { SegmentView } from './table-memory.ts'

/** By column: one value of a category or several, a number, or seconds since 1970; undefined is unknown. */
export type Attributes = Readonly<Record<string, string | readonly string[] | number | undefined>>

/** Values of one row, taken before the block is locked and stored while it is. */
export class AttributeWriter {
  readonly #layout: TableLayout
  readonly #number = new Float64Array(1)
  readonly #numberWords = new Int32Array(this.#number.buffer)
  #taken: { place: AttributePlace; value: Attributes[string] }[] = []

  constructor(layout: TableLayout) {
    this.#layout = layout
  }

  /**
   * @param all columns that are not named become unknown; otherwise they stay
   * @throws InvalidOptionError when a column or a value is not the table's
   */
  take(attributes: Attributes, all: boolean): void {
    this.#taken = []
    for (const name in attributes)
      if (!this.#layout.attributes.has(name)) {
        const known = [...this.#layout.attributes.keys()].join(', ')
        throw new InvalidOptionError('attribute', name, known || 'none, the table has no columns')
      }
    for (const [name, place] of this.#layout.attributes) {
      if (!all && !(name in attributes)) continue
      const value = attributes[name]
      check(name, place, value)
      this.#taken.push({ place, value })
    }
  }

  store({ words }: SegmentView, address: number, within: number): void {
    const bit = 1 << (within & 31)
    for (const { place, value } of this.#taken) {
      const { column } = place
      const at = (address + place.at) / 4
      if (column.kind === 'category') {
        for (let v = 0; v < column.values.length; v++) {
          const flagged =
            typeof value === 'string' ? value === column.values[v] : includes(value, column.values[v])
          const word = at + 2 * v + (within >> 5)
          if (flagged) Atomics.or(words, word, bit)
          else Atomics.and(words, word, ~bit)
        }
      } else {
        this.#number[0] = typeof value === 'number' ? value : Number.NaN
        Atomics.store(words, at + 2 * within, this.#numberWords[0])
        Atomics.store(words, at + 2 * within + 1, this.#numberWords[1])
      }
    }
  }
}

function check(name: string, { column }: AttributePlace, value: Attributes[string]): void {
  if (value === undefined) return
  const field = `attribute ${name}`
  if (column.kind !== 'category') {
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new InvalidOptionError(field, value, 'a number')
    return
  }
  for (const one of typeof value === 'string' ? [value] : Array.isArray(value) ? value : [value])
    if (!column.values.includes(one))
      throw new InvalidOptionError(field, one, `one of ${column.values.slice(0, 20).join(', ')}`)
}

function includes(value: Attributes[string], one: string): boolean {
  return Array.isArray(value) && value.includes(one)
}
