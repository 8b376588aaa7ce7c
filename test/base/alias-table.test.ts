/** @file The alias method draws what it was given, exactly up to 32 bits. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aliasTable } from '../../src/base/alias-table.ts'

test('the table gives every item its share, and nothing to weight 0', () => {
  const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })), {
    minLength: 1,
    maxLength: 40,
  })
  fc.assert(
    fc.property(weights, (given) => {
      const total = given.reduce((sum, weight) => sum + weight, 0)
      fc.pre(total > 0)
      const { thresholds, aliases } = aliasTable(given)
      const share = new Float64Array(given.length)
      for (let slot = 0; slot < given.length; slot++) {
        const own = thresholds[slot] === 0 ? 0 : (thresholds[slot] + 1) / 2 ** 32
        share[slot] += own / given.length
        share[aliases[slot]] += (1 - own) / given.length
      }
      given.forEach((weight, i) => {
        if (weight === 0) assert.ok(share[i] < 1e-9, `weight 0 is drawn with ${share[i]}`)
        assert.ok(Math.abs(share[i] - weight / total) < 1e-8, `${share[i]} instead of ${weight / total}`)
      })
    }),
  )
})
