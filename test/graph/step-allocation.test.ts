/** @file How steps are shared out among query items. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allocateSteps } from '../../src/graph/step-allocation.ts'

test('steps follow w·|E|·(C − log |E|)', () => {
  // Degrees 1 and 10, C = 20: s = 20 and 10·(20 − ln 10) = 176.97.
  assert.deepEqual([...allocateSteps([1, 10], [1, 1], 20, 10_000)], [1015, 8985])
  // Twice the weight on the rare item: 40 and 176.97.
  assert.deepEqual([...allocateSteps([1, 10], [2, 1], 20, 10_000)], [1844, 8156])
  assert.deepEqual([...allocateSteps([1, 10], [1, 1], 20, 10_000, 1)], [5000, 5000])
})

test('no step is lost, none goes to an item without edges', () => {
  const query = fc.array(
    fc.record({ degree: fc.nat(1000), weight: fc.double({ min: 1e-6, max: 10, noNaN: true }) }),
    {
      maxLength: 50,
    },
  )
  fc.assert(
    fc.property(
      query,
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (items, steps, even) => {
        const degrees = items.map(({ degree }) => degree)
        const weights = items.map(({ weight }) => weight)
        const given = allocateSteps(degrees, weights, 1000, steps, even)
        const total = given.reduce((sum, one) => sum + one, 0)
        assert.equal(total, degrees.some((degree) => degree > 0) ? steps : 0)
        given.forEach((one, q) => {
          if (degrees[q] === 0) assert.equal(one, 0)
        })
      },
    ),
  )
})
