/** @file Attribute filters over a small catalog. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError } from '../../src/base/errors.ts'
import { stringColumn } from '../../src/base/string-column.ts'
import { attributePredicate, indexAttributes } from '../../src/cascade/attribute-filter.ts'
import type { Catalog } from '../../src/data/dataset.ts'

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
      () => passing({ attribute, values: ['1'] }),
      (error) => error instanceof InvalidOptionError && error.field === `filter.${attribute}`,
    )
  }
})
