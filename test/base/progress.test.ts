import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeMeasures } from '../../src/base/progress.ts'

test('figures are shown as they are and counts by the second, with three digits or all before the point', () => {
  const measures = { figures: { loss: 0.31249 }, counts: { examples: 260_715, GFLOP: 306.5 } }
  assert.equal(describeMeasures(measures, 5), 'loss 0.312 · 52,143 examples/s · 61.3 GFLOP/s')
})

test('before any time has passed there are no rates', () => {
  assert.equal(describeMeasures({ figures: { loss: 2 }, counts: { examples: 9 } }, 0), 'loss 2.00')
  assert.equal(describeMeasures({}, 3), '')
})
