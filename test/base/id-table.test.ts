/** @file Id tables: every id finds its index, every other id finds nothing. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { idAt, idTable, indexOfId } from '../../src/base/id-table.ts'

test('ids of any script come back at the index where they were put', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 })), fc.string(), (ids, other) => {
      const table = idTable(ids)
      for (const [index, id] of ids.entries()) {
        assert.equal(indexOfId(table, id), index)
        assert.equal(idAt(table, index), id)
      }
      assert.equal(indexOfId(table, other), ids.indexOf(other))
    }),
  )
})
