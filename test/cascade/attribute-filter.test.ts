/** @file Attribute filters over a small catalog. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError } from '../../src/base/errors.ts'
import { stringColumn } from '../../src/base/string-column.ts'
import { attributePredicate, indexAttributes, requireFilterable } from '../../src/cascade/attribute-filter.ts'
import type { Catalog } from '../../src/data/dataset.ts'
import type { Attributes } from '../../src/store/records.ts'

const attributes = ['{"colour":"red","year":1999}', '', '{"colour":"blue","year":1999}', '{"colour":"red"}']
const index = indexAttributes({ attributes: stringColumn(attributes) } as Catalog)
const passing = (...filters: { attribute: string; values: string[] }[]) => {
  const passes = attributePredicate(index, filters)
  return [...attributes.keys()].filter(passes)
}

test('values of one attribute are alternatives, attributes are all required', () => {
  assert.deepEqual(passing({ attribute: 'colour', values: ['red'] }), [0, 3])
  assert.deepEqual(passing({ attribute: 'colour', values: ['red', 'blue'] }), [0, 2, 3])
  assert.deepEqual(
    passing({ attribute: 'colour', values: ['red'] }, { attribute: 'year', values: ['1999'] }),
    [0],
  )
  assert.deepEqual(passing({ attribute: 'colour', values: ['green'] }), [])
  assert.deepEqual(passing(), [0, 1, 2, 3])
})

test('an attribute that no item has is refused by name', () => {
  for (const attribute of ['size', '__proto__', 'constructor']) {
    assert.throws(
      () => requireFilterable(index, [{ attribute, values: ['1'] }]),
      (error) => error instanceof InvalidOptionError && error.field === `filter.${attribute}`,
    )
  }
})

test('an attribute that no item has lets nothing pass, also where an index has a prototype', () => {
  const cloned = structuredClone(index)
  for (const attribute of ['size', '__proto__', 'constructor', 'toString']) {
    const passes = attributePredicate(cloned, [{ attribute, values: ['1'] }])
    assert.deepEqual([...attributes.keys()].filter(passes), [])
  }
})

test('the attributes of a changed item replace the ones it had, those of a new one count', () => {
  const live = new Map<number, Attributes>([
    [0, { colour: 'blue' }],
    [9, { colour: 'blue', size: 3 }],
  ])
  const blue = attributePredicate(index, [{ attribute: 'colour', values: ['blue'] }], live)
  assert.deepEqual([0, 1, 2, 3, 9].filter(blue), [0, 2, 9])
  const size = attributePredicate(index, [{ attribute: 'size', values: ['3'] }], live)
  assert.deepEqual([0, 1, 2, 3, 9].filter(size), [9])
  const first = attributePredicate(index, [{ attribute: 'year', values: ['1999'] }], live)
  assert.deepEqual([0, 1, 2, 3, 9].filter(first), [2])
})
