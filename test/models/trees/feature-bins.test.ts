/** @file Bins of features. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/base/random.ts'
import { categoricalBins, numericBins, sampleRows } from '../../../src/models/trees/feature-bins.ts'
import { parseTreeOptions } from '../../../src/models/trees/tree-options.ts'

const samples = fc.array(
  fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1, -1, Number.NaN)),
  { maxLength: 300 },
)

test('bins are at most as many as asked for, ascending, and cover everything', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 2, max: 40 }), (values, maxBin) => {
      const { bounds, bins, hasNan } = numericBins(Float32Array.from(values), parseTreeOptions({ maxBin }))
      assert.ok(bins <= maxBin && bins === bounds.length + (hasNan ? 1 : 0))
      assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY)
      assert.ok(bounds.every((bound, k) => k === 0 || bound > bounds[k - 1]))
      assert.equal(hasNan, values.some(Number.isNaN))
    }),
  )
})

test('few values have a bin each, with one for zero; many share them evenly', () => {
  const options = parseTreeOptions({ minDataInBin: 1 })
  const few = numericBins(Float32Array.of(-2, 1, 3, 0, 1), options)
  assert.deepEqual(few.bounds, [-1e-35, 1e-35, 2, Number.POSITIVE_INFINITY])
  const random = createRandom(1)
  const many = Float32Array.from({ length: 20_000 }, () => random.normal())
  const { bounds } = numericBins(many, parseTreeOptions({ maxBin: 64 }))
  const counts = new Uint32Array(bounds.length)
  for (const value of many) counts[bounds.findIndex((bound) => value <= bound)]++
  const full = [...counts].filter((count) => count > 0)
  assert.ok(full.length >= 60 && Math.max(...full) < 1.5 * Math.min(...full), `${full}`)
})

test('frequent categories have a bin each; the rest, negative and missing ones share bin 0', () => {
  const sample = Float32Array.from([7, 7, 7, 7, 3, 3, 3, 9, -1, Number.NaN])
  const bins = categoricalBins(sample, parseTreeOptions({ minDataInBin: 3 }))
  assert.deepEqual([bins.categories, bins.isComplete, bins.bins], [[7, 3], false, 3])
  const complete = categoricalBins(Float32Array.of(1, 2, 1, 2), parseTreeOptions({ minDataInBin: 1 }))
  assert.deepEqual([complete.categories, complete.isComplete], [[1, 2], true])
})

test('sampled rows are ascending and as many as asked for', () => {
  const rows = sampleRows(1000, 100, createRandom(2))
  assert.equal(rows.length, 100)
  assert.ok(rows.every((row, k) => row < 1000 && (k === 0 || row > rows[k - 1])))
  assert.deepEqual([...sampleRows(3, 100, createRandom(2))], [0, 1, 2])
})
