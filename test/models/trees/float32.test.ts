/** @file Thresholds in float32. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { floorFloat32 } from '../../../src/models/trees/float32.ts'

test('a float32 is at most a threshold exactly when it is at most the rounded one', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.float({ noNaN: true }), (threshold, value) => {
      const rounded = floorFloat32(threshold)
      assert.ok(rounded <= threshold && Object.is(Math.fround(rounded), rounded))
      assert.equal(value <= rounded, value <= threshold)
    }),
  )
})

test('values beside a threshold are told apart', () => {
  const beside = [0.1, -0.1, 1e-46, -1e-46, 1e39, -1e39, 1 + 2 ** -30, -1 - 2 ** -30, 1e-35]
  const floats = beside.flatMap((x) => [
    Math.fround(x),
    Math.fround(x * (1 + 2 ** -23)),
    Math.fround(x * (1 - 2 ** -23)),
  ])
  for (const threshold of beside) {
    for (const value of [...floats, 0, Infinity, -Infinity]) {
      assert.equal(value <= floorFloat32(threshold), value <= threshold, `${value} ≤ ${threshold}`)
    }
  }
})
