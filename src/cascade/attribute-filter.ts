/** @file Attribute filters of a request: `category=poetry&year=1999` keeps items whose attributes are equal to these. */

import { InvalidOptionError } from '../base/errors.ts'
import { type IdTable, idTable, indexOfId } from '../base/id-table.ts'
import { sharedUint32 } from '../base/shared.ts'
import { stringAt } from '../base/string-column.ts'
import type { Catalog } from '../data/dataset.ts'
import type { AttributeFilter } from '../sources/condition.ts'
import type { Attributes } from '../store/records.ts'

/** Attributes with more distinct values than this cannot be filtered on: they are names, not classes. */
const MAX_VALUES = 65536

/** One column of codes per attribute; code 0 = the item does not have it. Values are found by hash, over shared memory. */
export type AttributeIndex = Readonly<Record<string, { codes: Uint32Array; values: IdTable }>>

/** Attributes of items that were added or changed after the snapshot, by index. */
export type LiveAttributes = ReadonlyMap<number, Attributes>

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
  const index: Record<string, AttributeIndex[string]> = Object.create(null)
  for (const [name, { codes, labels }] of columns) {
    if (labels.size <= MAX_VALUES) index[name] = { codes, values: idTable(labels.keys()) }
  }
  return index
}

/**
 * @param live whether an item that came after the snapshot has the attribute
 * @throws InvalidOptionError for an attribute that no item has
 */
export function requireFilterable(
  index: AttributeIndex,
  filters: readonly AttributeFilter[],
  live: (attribute: string) => boolean = () => false,
): void {
  for (const { attribute, values } of filters) {
    if (Object.hasOwn(index, attribute) || live(attribute)) continue
    const names = Object.keys(index).slice(0, 30).join(', ') || 'none'
    throw new InvalidOptionError(`filter.${attribute}`, values.join(), `a filterable attribute: ${names}`)
  }
}

/** @returns whether an item passes all filters; items without the attribute do not pass */
export function attributePredicate(
  index: AttributeIndex,
  filters: readonly AttributeFilter[],
  live: LiveAttributes = new Map(),
): (item: number) => boolean {
  const tests = filters.map(({ attribute, values }) => {
    // Not `index[attribute]`: an index that came through a worker's door has a prototype again.
    const column = Object.hasOwn(index, attribute) ? index[attribute]! : null
    const codes = column ? values.map((value) => indexOfId(column.values, value)) : []
    const accepted = new Set(codes.filter((code) => code > 0))
    return (item: number) => {
      const changed = live.get(item)
      if (!changed) return column !== null && accepted.has(column.codes[item] ?? 0)
      return Object.hasOwn(changed, attribute) && values.includes(String(changed[attribute]))
    }
  })
  return (item) => tests.every((passes) => passes(item))
}
