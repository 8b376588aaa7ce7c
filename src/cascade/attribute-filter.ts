/** @file Attribute filters of a request: `category=poetry&year=1999` keeps items whose attributes are equal to these. */

import { InvalidOptionError } from '../base/errors.ts'
import { sharedUint32 } from '../base/shared.ts'
import { stringAt, stringColumn } from '../base/string-column.ts'
import type { Catalog, Categories } from '../data/dataset.ts'

/** Attributes with more distinct values than this cannot be filtered on: they are names, not classes. */
const MAX_VALUES = 65536

/** One column of codes per attribute; code 0 = the item does not have it. */
export type AttributeIndex = Readonly<Record<string, Categories>>

/** Any of `values` is accepted. */
export interface AttributeFilter {
  attribute: string
  values: readonly string[]
}

/** Reads the catalog's attributes once into columns. */
export function indexAttributes(catalog: Catalog): AttributeIndex {
  const columns = new Map<string, { codes: Uint32Array; labels: Map<string, number> }>()
  const items = catalog.attributes.length
  for (let item = 0; item < items; item++) {
    const text = stringAt(catalog.attributes, item)
    if (text === '' || text === '{}') continue
    for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
      let column = columns.get(name)
      if (!column) {
        column = { codes: sharedUint32(items), labels: new Map([['', 0]]) }
        columns.set(name, column)
      }
      const label = String(value)
      let code = column.labels.get(label)
      if (code === undefined) {
        code = column.labels.size
        if (code > MAX_VALUES) continue
        column.labels.set(label, code)
      }
      column.codes[item] = code
    }
  }
  const index: Record<string, Categories> = Object.create(null)
  for (const [name, { codes, labels }] of columns) {
    if (labels.size <= MAX_VALUES) index[name] = { codes, labels: stringColumn([...labels.keys()]) }
  }
  return index
}

/**
 * @returns whether an item passes all filters; items without the attribute do not pass
 * @throws InvalidOptionError for an attribute that no item has
 */
export function attributePredicate(
  index: AttributeIndex,
  filters: readonly AttributeFilter[],
): (item: number) => boolean {
  const tests = filters.map(({ attribute, values }) => {
    const column = index[attribute]
    if (!column) {
      const names = Object.keys(index).slice(0, 30).join(', ') || 'none'
      throw new InvalidOptionError(`filter.${attribute}`, values.join(), `a filterable attribute: ${names}`)
    }
    const accepted = new Set<number>()
    for (let code = 1; code < column.labels.length; code++) {
      if (values.includes(stringAt(column.labels, code))) accepted.add(code)
    }
    return (item: number) => accepted.has(column.codes[item]!)
  })
  return (item) => tests.every((passes) => passes(item))
}
