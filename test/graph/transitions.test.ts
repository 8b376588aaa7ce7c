/** @file Transitions against a count over all ordered pairs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csrFromEdges, rowOf } from '../../src/base/csr.ts'
import { transitions } from '../../src/graph/transitions.ts'

const ITEMS = 6

test('equals a count over all ordered pairs within the window and the pause', () => {
  const sequence = fc.array(fc.record({ item: fc.nat(ITEMS - 1), pause: fc.nat(10) }), { maxLength: 9 })
  const options = fc.record({
    neighbours: fc.constant(ITEMS),
    window: fc.integer({ min: 1, max: 4 }),
    backward: fc.constantFrom(0, 0.5),
    maxPauseMs: fc.constantFrom(12, Number.POSITIVE_INFINITY),
    itemExponent: fc.constantFrom(0, 1),
  })
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 5 }), options, (sequences, chosen) => {
      const timed = sequences.map((one) => {
        let time = 0
        return one.map(({ item, pause }) => {
          time += pause
          return { item, time }
        })
      })
      const rows = csrFromEdges(sequences.length, ITEMS, {
        from: timed.flatMap((one, s) => one.map(() => s)),
        to: timed.flatMap((one) => one.map(({ item }) => item)),
      })
      const times = Float64Array.from(timed.flatMap((one) => one.map(({ time }) => time)))
      const result = transitions(rows, times, chosen)
      for (let from = 0; from < ITEMS; from++) {
        const visits = timed.flat().filter(({ item }) => item === from).length
        for (let to = 0; to < ITEMS; to++) {
          let expected = 0
          for (const one of timed) {
            for (const [i, a] of one.entries()) {
              for (const [j, b] of one.entries()) {
                const steps = Math.abs(i - j)
                if (a.item !== from || b.item !== to || from === to || steps === 0 || steps > chosen.window)
                  continue
                if (Math.abs(a.time - b.time) > chosen.maxPauseMs) continue
                expected += (j > i ? 1 : chosen.backward) / steps
              }
            }
          }
          const at = rowOf(result, from).indexOf(to)
          const found = at < 0 ? 0 : result.weights![result.offsets[from]! + at]!
          assert.ok(Math.abs(found - (expected && expected * visits ** -chosen.itemExponent)) < 1e-5)
        }
      }
    }),
  )
})
